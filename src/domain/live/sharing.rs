//! What several desks agree on before they share events: where the broker is, how a desk signs in to it, and the
//! pairing code that only they know. Nothing is connected or sealed here.

use super::public_net;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::fmt;
use url::{Host, Url};
use zeroize::{Zeroize as _, Zeroizing};

/// Digits and letters that cannot be taken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 128 random bits and 12 that show a slip, in letters of 5 bits.
const LETTERS: usize = 28;
const GROUP: usize = 4;
/// Where a broker listens unless told otherwise.
const PORT: u16 = 4_222;
const CHECK_BITS: u32 = 12;

/// 128 random bits that the receiver shows and the other desks are told. Who has them can read the events. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode(Zeroizing<[u8; 16]>);

/// Why a typed text is no pairing code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("A pairing code has 28 letters and digits")]
    Length,
    #[error("A pairing code has letters and digits only")]
    Letter,
    #[error("The pairing code has a typing mistake")]
    Slip,
}

impl PairingCode {
    /// The bits must be random.
    pub fn new(bits: [u8; 16]) -> Self {
        Self(Zeroizing::new(bits))
    }

    /// As a person typed or pasted it: blanks, dashes and small letters do no harm, nor do `O` for 0 and `I`, `L` for 1.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut number = Zeroizing::new(0_u128);
        let mut check = 0_u16;
        let mut count = 0;
        for letter in text.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–' | '.')) {
            let value = value_of(letter).ok_or(CodeError::Letter)?;
            // 25 letters and 3 bits are the number, 2 bits and two letters the check.
            match count {
                0..25 => *number = (*number << 5) | u128::from(value),
                25 => {
                    *number = (*number << 3) | u128::from(value >> 2);
                    check = u16::from(value & 0b11);
                }
                _ => check = (check << 5) | u16::from(value),
            }
            count += 1;
            if count > LETTERS {
                return Err(CodeError::Length);
            }
        }
        if count != LETTERS {
            return Err(CodeError::Length);
        }
        let code = Self::new(number.to_be_bytes());
        if code.check() == check { Ok(code) } else { Err(CodeError::Slip) }
    }

    /// As it is shown: seven groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        let number = Zeroizing::new(u128::from_be_bytes(*self.0));
        let check = u128::from(self.check());
        let mut text = Zeroizing::new(String::with_capacity(LETTERS + LETTERS / GROUP));
        for at in 0..LETTERS {
            let value = match at {
                0..25 => *number >> (123 - 5 * at),
                25 => ((*number & 0b111) << 2) | (check >> 10),
                _ => check >> (5 * (LETTERS - 1 - at)),
            };
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            let letter = ALPHABET.get((value & 31) as usize).copied().unwrap_or(b'0');
            text.push(char::from(letter));
        }
        text
    }

    /// For the one place that makes a key of it.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    fn check(&self) -> u16 {
        let digest = Sha256::new().chain_update(b"consult-desk pairing").chain_update(*self.0).finalize();
        let first = digest.iter().take(2).fold(0_u16, |all, byte| (all << 8) | u16::from(*byte));
        first >> (u16::BITS - CHECK_BITS)
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairingCode([redacted])")
    }
}

fn value_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|known| char::from(*known) == letter)?;
    u8::try_from(at).ok()
}

/// Where the broker is. Without encryption only on this computer or within the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress(Url);

/// Why a text is no address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokerFault {
    #[error("An address such as nats://192.168.1.20 is needed")]
    Empty,
    #[error("This is not an address such as nats://192.168.1.20 or tls://broker.example")]
    Form,
    #[error("User and password do not belong into the address; they have fields of their own")]
    Login,
    #[error("Outside of the clinic's network the address must begin with tls://")]
    Open,
}

impl BrokerAddress {
    pub fn parse(text: &str) -> Result<Self, BrokerFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BrokerFault::Empty);
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("nats://{text}") };
        let url = Url::parse(&whole).map_err(|_| BrokerFault::Form)?;
        let has_place_only = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BrokerFault::Form)?;
        if !has_place_only {
            return Err(BrokerFault::Form);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BrokerFault::Login);
        }
        match url.scheme() {
            "tls" => Ok(Self(url)),
            "nats" if is_inside(host) => Ok(Self(url)),
            "nats" => Err(BrokerFault::Open),
            _ => Err(BrokerFault::Form),
        }
    }

    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "tls"
    }

    /// Whole, with its port.
    pub fn whole(&self) -> String {
        let port = self.0.port().unwrap_or(PORT);
        format!("{}://{}:{port}", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

/// A scheme of one's own leaves numbers as they are typed, so they are read here.
fn is_inside(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => !public_net::is_public(ip.into()),
        Ok(Host::Ipv6(ip)) => !public_net::is_public(ip.into()),
        Ok(Host::Domain(name)) => !public_net::is_public_name(&name),
        Err(_) => false,
    }
}

/// How a desk signs in to the broker: a password with its user, or a token alone. Never printed.
#[derive(Clone)]
pub struct BrokerLogin {
    pub user: String,
    password: SecretString,
}

impl BrokerLogin {
    pub fn new(user: &str, password: &str) -> Option<Self> {
        let (user, password) = (user.trim(), password.trim());
        (!password.is_empty()).then(|| Self { user: user.to_owned(), password: SecretString::from(password) })
    }

    /// What was made by [`Self::to_kept`].
    pub fn from_kept(text: &str) -> Option<Self> {
        text.split_once('\n').and_then(|(user, password)| Self::new(user, password))
    }

    /// One text, for the place that seals it.
    pub fn to_kept(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n{}", self.user, self.password.expose_secret()))
    }

    /// Without a user this is a token.
    pub fn expose(&self) -> &str {
        self.password.expose_secret()
    }
}

impl Drop for BrokerLogin {
    fn drop(&mut self) {
        self.user.zeroize();
    }
}

impl fmt::Debug for BrokerLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrokerLogin([redacted])")
    }
}

impl PartialEq for BrokerLogin {
    fn eq(&self, other: &Self) -> bool {
        (&self.user, self.expose()) == (&other.user, other.expose())
    }
}

impl Eq for BrokerLogin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for seed in 0..200_u8 {
            let code = PairingCode::new(std::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add(at as u8 * 7)));
            let text = code.text();
            assert_eq!((text.len(), text.matches('-').count()), (34, 6), "{}", *text);
            assert_eq!(PairingCode::parse(&text).as_ref(), Ok(&code));
            let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            assert_eq!(PairingCode::parse(&format!("  {sloppy}\n")), Ok(code));
        }
    }

    #[test]
    fn a_slip_is_noticed() {
        let text = PairingCode::new([0x5a; 16]).text().to_string();
        assert_eq!(PairingCode::parse(""), Err(CodeError::Length));
        assert_eq!(PairingCode::parse(text.get(..33).expect("shorter")), Err(CodeError::Length));
        assert_eq!(PairingCode::parse(&format!("{text}0")), Err(CodeError::Length));
        assert_eq!(
            PairingCode::parse(&text.replacen(text.get(..1).expect("a letter"), "U", 1)),
            Err(CodeError::Letter)
        );
        let mut missed = 0;
        for at in (0..text.len()).filter(|at| text.as_bytes()[*at] != b'-') {
            for other in ALPHABET {
                let mut typed = text.clone().into_bytes();
                if typed[at] != *other {
                    typed[at] = *other;
                    missed += usize::from(PairingCode::parse(std::str::from_utf8(&typed).expect("ASCII")).is_ok());
                }
            }
        }
        assert!(missed <= 3, "{missed} of 868 slips of one letter went unnoticed");
    }

    #[test]
    fn without_encryption_only_within_the_network() {
        for fine in [
            "nats://127.0.0.1:4222",
            "192.168.1.20",
            "nats://reception",
            "nats://[::1]:4222",
            "nats://server.local",
            "tls://broker.example",
            "tls://8.8.8.8:4443",
        ] {
            assert!(BrokerAddress::parse(fine).is_ok(), "{fine}: {:?}", BrokerAddress::parse(fine));
        }
        let fault = |text: &str| BrokerAddress::parse(text).err();
        assert_eq!(fault(" "), Some(BrokerFault::Empty));
        assert_eq!(fault("nats://broker.example"), Some(BrokerFault::Open));
        assert_eq!(fault("nats://8.8.8.8"), Some(BrokerFault::Open));
        assert_eq!(fault("nats://user:secret@127.0.0.1"), Some(BrokerFault::Login));
        assert_eq!(fault("https://127.0.0.1"), Some(BrokerFault::Form));
        assert_eq!(fault("nats://127.0.0.1/events"), Some(BrokerFault::Form));
        assert_eq!(
            BrokerAddress::parse("192.168.1.20").map(|address| address.whole()),
            Ok("nats://192.168.1.20:4222".to_owned())
        );
    }

    #[test]
    fn secrets_are_never_printed() {
        let login = BrokerLogin::new("desk", "very-secret").expect("a login");
        let printed = format!("{login:?} {:?}", PairingCode::new([7; 16]));
        assert!(!printed.contains("very-secret") && printed.matches("[redacted]").count() == 2, "{printed}");
        assert_eq!(BrokerLogin::from_kept(&login.to_kept()), Some(login));
        assert_eq!(BrokerLogin::new("desk", " "), None);
    }
}
