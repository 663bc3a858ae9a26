//! The words and flags of `receive`. Secrets come from files, never from the line; a route is named by its number,
//! because its path is half a secret.

use crate::domain::live::{BrokerAddress, Scheme};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

/// Receiving without a window, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveOptions {
    /// What opens the data instead of the system's key store.
    pub secret_file: Option<PathBuf>,
    pub what: ReceiveWhat,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiveWhat {
    Run(RunOptions),
    /// Says which addresses there are; whole only when asked to.
    List {
        public_name: Option<String>,
        shows_addresses: bool,
    },
    Add(NewAddress),
    /// Takes in the secret that the vendor showed.
    Secret {
        route: i64,
        hook_secret: PathBuf,
    },
    Remove {
        route: i64,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// `None` is the one of the settings; 0 any that is free.
    pub port: Option<u16>,
    pub bind: Vec<IpAddr>,
    pub public_name: Option<String>,
    pub tls: Option<TlsFiles>,
    /// Other desks are told of what is received.
    pub share: Option<ShareOptions>,
    /// Addresses hold random paths; they are shown only when asked for.
    pub shows_addresses: bool,
}

/// Where the desks meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareOptions {
    pub broker: BrokerAddress,
    /// The pairing code and what signs in to the broker; made with a new code when it is not there.
    pub secret_file: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddress {
    pub scheme: Scheme,
    pub organization: String,
    /// The partner's id or the practice's subdomain; nothing for NxVET's own webhooks.
    pub identity: Option<String>,
    pub public_name: Option<String>,
}

#[derive(Debug, Default)]
struct Flags {
    secret_file: Option<PathBuf>,
    run: RunOptions,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    share: Option<BrokerAddress>,
    share_secret_file: Option<PathBuf>,
    scheme: Option<Scheme>,
    organization: Option<String>,
    identity: Option<String>,
    route: Option<i64>,
    hook_secret: Option<PathBuf>,
}

impl ReceiveOptions {
    /// Reads what stands behind `receive`.
    pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut flags = Flags::default();
        let mut words = Vec::new();
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                lexopt::Arg::Long("show-addresses") => flags.run.shows_addresses = true,
                lexopt::Arg::Long(name) => {
                    let name = name.to_owned();
                    let value = parser.value().map_err(|error| error.to_string())?;
                    let value = value.into_string().map_err(|_| format!("--{name} is not readable text"))?;
                    flags.set(&name, value)?;
                }
                lexopt::Arg::Value(word) => words.push(word.to_string_lossy().into_owned()),
                lexopt::Arg::Short(_) => return Err(argument.unexpected().to_string()),
            }
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        flags.finish(&words)
    }
}

impl Flags {
    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "port" => self.run.port = Some(value.parse().map_err(|_| "--port takes a number up to 65535")?),
            "bind" => self.run.bind.push(value.parse().map_err(|_| "--bind takes an address such as 192.168.1.7")?),
            "public-name" => self.run.public_name = Some(value),
            "tls-cert" => self.certificate = Some(value.into()),
            "tls-key" => self.key = Some(value.into()),
            "share" => self.share = Some(BrokerAddress::parse(&value).map_err(|fault| format!("--share: {fault}"))?),
            "share-secret-file" => self.share_secret_file = Some(value.into()),
            "secret-file" => self.secret_file = Some(value.into()),
            "scheme" => {
                self.scheme = Some(Scheme::from_code(&value).ok_or("--scheme takes org, partner or nexhealth")?);
            }
            "organization" => self.organization = Some(value),
            "identity" => self.identity = Some(value),
            "route" => self.route = Some(value.parse().map_err(|_| "--route takes the number of an address")?),
            "hook-secret" => self.hook_secret = Some(value.into()),
            _ => return Err(format!("receive does not know --{name}")),
        }
        Ok(())
    }

    fn finish(mut self, words: &[&str]) -> Result<ReceiveOptions, String> {
        self.run.tls = match (self.certificate.take(), self.key.take()) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err("--tls-cert and --tls-key belong together".to_owned()),
        };
        self.run.share = match (self.share.take(), self.share_secret_file.take()) {
            (Some(broker), Some(secret_file)) => Some(ShareOptions { broker, secret_file }),
            (None, None) => None,
            _ => return Err("--share and --share-secret-file belong together".to_owned()),
        };
        let what = match words {
            [] => ReceiveWhat::Run(self.run),
            ["list"] => {
                let RunOptions { public_name, shows_addresses, .. } = self.run;
                ReceiveWhat::List { public_name, shows_addresses }
            }
            ["add"] => ReceiveWhat::Add(NewAddress {
                scheme: self.scheme.ok_or("receive add needs --scheme")?,
                organization: self.organization.ok_or("receive add needs --organization")?,
                identity: self.identity,
                public_name: self.run.public_name,
            }),
            ["secret"] => ReceiveWhat::Secret {
                route: self.route.ok_or("receive secret needs --route")?,
                hook_secret: self.hook_secret.ok_or("receive secret needs --hook-secret and a file")?,
            },
            ["remove"] => ReceiveWhat::Remove { route: self.route.ok_or("receive remove needs --route")? },
            _ => return Err("receive takes add, secret, list or remove, or nothing to receive".to_owned()),
        };
        Ok(ReceiveOptions { secret_file: self.secret_file, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<ReceiveOptions, String> {
        ReceiveOptions::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn the_usual_words_are_understood() {
        let run =
            parse(&["--port", "0", "--bind", "::1", "--bind", "10.0.0.7", "--show-addresses"]).expect("understood");
        let ReceiveWhat::Run(run) = run.what else { unreachable!("no word was given") };
        assert_eq!((run.port, run.bind.len(), run.shows_addresses, run.tls), (Some(0), 2, true, None));
        assert!(matches!(parse(&[]), Ok(ReceiveOptions { what: ReceiveWhat::Run(_), secret_file: None })));
        assert!(parse(&["add", "--scheme", "partner", "--organization", "o", "--identity", "prt_1"]).is_ok());
        assert!(parse(&["secret", "--route", "3", "--hook-secret", "f"]).is_ok());
        assert!(parse(&["list", "--secret-file", "f"]).is_ok_and(|options| options.secret_file.is_some()));
        assert!(parse(&["remove", "--route", "3"]).is_ok());
        assert!(parse(&["--share", "tls://broker.example", "--share-secret-file", "f"]).is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for words in [
            ["--port", "65536"].as_slice(),
            &["--bind", "everywhere"],
            &["--tls-cert", "c"],
            &["--tls-key", "k"],
            &["--share", "nats://127.0.0.1"],
            &["--share-secret-file", "f"],
            &["--share", "nats://8.8.8.8", "--share-secret-file", "f"],
            &["--share", "nats://me:secret@127.0.0.1", "--share-secret-file", "f"],
            &["--hook-secret"],
            &["add", "--scheme", "org"],
            &["add", "--organization", "o"],
            &["secret", "--route", "3"],
            &["remove"],
            &["remove", "--route", "first"],
            &["listen"],
            &["list", "all"],
            &["--secret", "whsec_0123"],
            &["-p", "1"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
