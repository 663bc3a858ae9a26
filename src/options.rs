//! What was asked for on the command line. Nothing secret is ever taken from there.

mod receive;
mod signature;

pub use receive::{NewAddress, ReceiveOptions, ReceiveWhat, RunOptions, ShareOptions, TlsFiles};
pub use signature::{RequestFiles, SignatureQuestion};

use crate::domain::{GivenLink, link};
use crate::nexhealth;
use crate::nxvet::ServerUrl;
use signature::SignatureFlags;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug)]
pub enum Options {
    Desk(DeskOptions),
    InspectWav(Vec<PathBuf>),
    InspectPeaks { file: PathBuf, bins: u64 },
    InspectSignature(SignatureQuestion),
    Doctor(DeskOptions),
    Receive(ReceiveOptions),
    Help,
    Version,
}

/// How the window is to be opened.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    pub server: ServerUrl,
    /// NexHealth's, or one on this computer.
    pub nexhealth: ServerUrl,
    /// Open the sample clinic at once.
    pub is_demo: bool,
    /// What was clicked elsewhere; whether it leads anywhere is found out in the window.
    pub link: Option<GivenLink>,
    /// Draw with these alone, in this order; empty is the whole ladder.
    pub renderers: Vec<Rung>,
}

/// The ways of drawing the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Vulkan, Direct3D 12 or Metal on a graphics card.
    WgpuHardware,
    /// The same, reckoned by the processor: lavapipe on Linux, WARP on Windows.
    WgpuSoftware,
    /// OpenGL.
    Glow,
}

impl Rung {
    pub const ALL: [Self; 3] = [Self::WgpuHardware, Self::WgpuSoftware, Self::Glow];

    pub fn name(self) -> &'static str {
        match self {
            Self::WgpuHardware => "wgpu-hardware",
            Self::WgpuSoftware => "wgpu-software",
            Self::Glow => "glow",
        }
    }

    /// One renderer, or `wgpu` for whatever it finds.
    fn parse(text: &str) -> Option<Vec<Self>> {
        match text {
            "wgpu" => Some(vec![Self::WgpuHardware, Self::WgpuSoftware]),
            _ => Self::ALL.into_iter().find(|rung| rung.name() == text).map(|rung| vec![rung]),
        }
    }
}

pub const HELP: &str = "\
Consult Desk: read, hear and hand on consultations recorded with NxVET.

  consult-desk                       open the desk
  consult-desk --demo                open the sample clinic
  consult-desk consultdesk://consultation/ID
                                     open one consultation, in the window that is open if there is one
  consult-desk --server URL          use another server (https, or http on this computer)
  consult-desk --nexhealth-server URL
                                     ask another NexHealth on this computer, for tests
  consult-desk --renderer NAME       draw with glow, wgpu, wgpu-hardware or wgpu-software, and nothing else
  consult-desk inspect wav FILE…     say what each WAV file is, one line of JSON each
  consult-desk inspect peaks FILE --bins N
                                     lowest and highest sample of each of N equal parts, as JSON
  consult-desk inspect signature --scheme org|partner|nexhealth --secret-file F --headers F --body F [--now UNIX]
                                     say whether a webhook's request is genuine, and why not, as JSON
  consult-desk inspect signature --vectors FILE
                                     the same for each request of a file, one line of JSON each
  consult-desk receive [--port N] [--bind ADDRESS]… [--public-name HOST] [--tls-cert F --tls-key F]
                                     receive webhooks without a window, until the process is ended
      --share nats://HOST[:PORT] --share-secret-file F
                                     hand them on to other desks by a NATS broker; F holds the pairing code
                                     (made when F is not there) and the broker's user and password, or token
  consult-desk receive add --scheme org|partner|nexhealth --organization ID [--identity ID]
                                     make a receiving address and show it
  consult-desk receive secret --route N --hook-secret F
                                     take in the secret that the vendor showed for it
  consult-desk receive list          say which addresses there are
  consult-desk receive remove --route N
                                     answer on an address no longer
      --show-addresses               say the whole addresses, which are half a secret
      --secret-file F                open the data with the 32 bytes in F instead of the system's key store
  consult-desk doctor                say how this computer is equipped

CONSULT_DESK_HOME=FOLDER keeps all data below FOLDER.";

impl Options {
    /// Reads the arguments, the program's own name left out. The error is a sentence for the person.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter().peekable();
        if arguments.next_if(|word| word == "receive").is_some() {
            return ReceiveOptions::parse(arguments).map(Self::Receive);
        }
        let (arguments, link) = without_link(arguments);
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut desk = DeskOptions {
            server: ServerUrl::nxvet(),
            nexhealth: nexhealth::server(),
            is_demo: false,
            link,
            renderers: Vec::new(),
        };
        let mut words: Vec<OsString> = Vec::new();
        let mut bins = None;
        let mut signature = SignatureFlags::default();
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                lexopt::Arg::Long("demo") => desk.is_demo = true,
                lexopt::Arg::Long("server") => {
                    let text = value(&mut parser)?;
                    desk.server = ServerUrl::parse(&text).map_err(|error| format!("--server: {error}"))?;
                }
                lexopt::Arg::Long("nexhealth-server") => {
                    let text = value(&mut parser)?;
                    let parsed = nexhealth::parse_server(&text);
                    desk.nexhealth = parsed.map_err(|error| format!("--nexhealth-server: {error}"))?;
                }
                lexopt::Arg::Long("renderer") => {
                    let text = value(&mut parser)?;
                    desk.renderers =
                        Rung::parse(&text).ok_or("--renderer takes glow, wgpu, wgpu-hardware or wgpu-software")?;
                }
                lexopt::Arg::Long("bins") => {
                    let number = value(&mut parser)?.parse().ok().filter(|bins| *bins > 0);
                    bins = Some(number.ok_or("--bins takes a whole number, 1 or more")?);
                }
                lexopt::Arg::Long(name) if SignatureFlags::knows(name) => {
                    let name = name.to_owned();
                    signature.set(&name, &value(&mut parser)?)?;
                }
                lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => return Ok(Self::Help),
                lexopt::Arg::Short('V') | lexopt::Arg::Long("version") => return Ok(Self::Version),
                lexopt::Arg::Value(word) => words.push(word),
                other => return Err(other.unexpected().to_string()),
            }
        }
        if words == ["inspect", "signature"] && bins.is_none() {
            return signature.question().map(Self::InspectSignature);
        }
        if signature.are_given() {
            return Err("--scheme, --secret-file, --headers, --body, --now and --vectors belong to inspect signature"
                .to_owned());
        }
        match (Self::from_words(words, desk)?, bins) {
            (Self::InspectPeaks { file, .. }, Some(bins)) => Ok(Self::InspectPeaks { file, bins }),
            (Self::InspectPeaks { .. }, None) => Err("inspect peaks needs --bins and a number".to_owned()),
            (_, Some(_)) => Err("--bins belongs to inspect peaks".to_owned()),
            (options, None) => Ok(options),
        }
    }

    fn from_words(words: Vec<OsString>, desk: DeskOptions) -> Result<Self, String> {
        let mut words = words.into_iter();
        let first = words.next();
        match first.as_deref().and_then(|word| word.to_str()) {
            None if first.is_none() => Ok(Self::Desk(desk)),
            Some("doctor") => Ok(Self::Doctor(desk)),
            Some("inspect") => {
                let what = words.next();
                let files: Vec<PathBuf> = words.map(PathBuf::from).collect();
                match (what.as_deref().and_then(|what| what.to_str()), files.as_slice()) {
                    (Some("wav"), []) => Err("inspect wav takes at least one file".to_owned()),
                    (Some("wav"), _) => Ok(Self::InspectWav(files)),
                    (Some("peaks"), [file]) => Ok(Self::InspectPeaks { file: file.clone(), bins: 0 }),
                    (Some("peaks"), _) => Err("inspect peaks takes one file".to_owned()),
                    _ => Err("inspect takes wav, peaks or signature".to_owned()),
                }
            }
            _ => Err("That is not something Consult Desk can do. --help says what is.".to_owned()),
        }
    }
}

/// Takes the link and whatever stands behind it off the arguments. The system puts what was clicked at the end, and a
/// page may have hidden more words in it: they are not read, and the link counts as a bad one.
fn without_link(arguments: impl Iterator<Item = OsString>) -> (Vec<OsString>, Option<GivenLink>) {
    let mut before: Vec<OsString> = arguments.collect();
    let is_link = |word: &OsString| word.to_str().is_some_and(GivenLink::is_meant);
    let Some(at) = before.iter().position(is_link) else { return (before, None) };
    let clicked = before.split_off(at);
    // How the system says that no flag follows.
    before.pop_if(|word| word == "--");
    let text = match clicked.as_slice() {
        [only] => only.to_str().unwrap_or_default(),
        _ => link::SCHEME,
    };
    (before, Some(GivenLink::new(text)))
}

fn value(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    value.into_string().map_err(|_| "that is not readable text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, String> {
        Options::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn the_usual_starts_are_understood() {
        assert!(matches!(parse(&[]), Ok(Options::Desk(desk)) if !desk.is_demo));
        assert!(
            matches!(parse(&["--demo", "--renderer", "glow"]), Ok(Options::Desk(desk)) if desk.renderers == [Rung::Glow])
        );
        assert!(
            matches!(parse(&["--renderer", "wgpu"]), Ok(Options::Desk(desk)) if desk.renderers == [Rung::WgpuHardware, Rung::WgpuSoftware])
        );
        assert!(parse(&["--renderer", "paper"]).is_err());
        assert!(matches!(parse(&["inspect", "wav", "a", "b"]), Ok(Options::InspectWav(files)) if files.len() == 2));
        assert!(matches!(parse(&["doctor"]), Ok(Options::Doctor(_))));
    }

    #[test]
    fn a_link_is_what_stands_last_and_nothing_behind_it_is_read() {
        let link = |words: &[&str]| match parse(words) {
            Ok(Options::Desk(desk)) => desk.link.map(|link| (link.target().is_some(), desk.is_demo)),
            other => panic!("{other:?}"),
        };
        assert_eq!(link(&["consultdesk://consultation/r1"]), Some((true, false)));
        assert_eq!(link(&["--demo", "--", "consultdesk://consultation/r1"]), Some((true, true)));
        assert_eq!(link(&["ConsultDesk:what"]), Some((false, false)), "the window says that it leads nowhere");
        assert_eq!(link(&["consultdesk://consultation/r1", "--demo"]), Some((false, false)));
        assert_eq!(link(&["consultdesk://consultation/r1", "--server", "http://evil"]), Some((false, false)));
        assert_eq!(link(&["--demo"]), None);
    }

    #[test]
    fn a_server_that_could_leak_the_key_is_refused() {
        assert!(parse(&["--server", "http://app.nx.vet"]).is_err());
        assert!(parse(&["--server", "http://127.0.0.1:8080"]).is_ok());
        assert!(parse(&["inspect", "wav"]).is_err());
        assert!(parse(&["fly"]).is_err());
    }

    #[test]
    fn a_signature_is_asked_about_with_files_only() {
        let all = ["inspect", "signature", "--scheme", "org", "--secret-file", "s", "--headers", "h", "--body", "b"];
        let asked = parse(&[all.as_slice(), &["--now", "12"]].concat());
        assert!(matches!(
            asked,
            Ok(Options::InspectSignature(SignatureQuestion::Request(RequestFiles { now: Some(12), .. })))
        ));
        assert!(parse(&all).is_ok());
        let vectors = parse(&["inspect", "signature", "--vectors", "v"]);
        assert!(matches!(vectors, Ok(Options::InspectSignature(SignatureQuestion::Vectors(_)))));
        for words in [
            [all.as_slice(), &["--vectors", "v"]].concat(),
            [all.as_slice(), &["--bins", "3"]].concat(),
            [all.as_slice(), &["--now", "soon"]].concat(),
            [all.as_slice(), &["extra"]].concat(),
            all[..8].to_vec(),
            vec!["inspect", "signature"],
            vec!["inspect", "signature", "--vectors", "v", "--now", "1"],
            vec!["inspect", "signature", "--scheme", "all", "--secret-file", "s", "--headers", "h", "--body", "b"],
            vec!["inspect", "signature", "--secret", "s"],
            vec!["--vectors", "v"],
            vec!["doctor", "--scheme", "org"],
        ] {
            assert!(parse(&words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn peaks_are_asked_for_with_one_file_and_a_number() {
        let asked = parse(&["inspect", "peaks", "a.wav", "--bins", "12"]);
        assert!(matches!(asked, Ok(Options::InspectPeaks { file, bins: 12 }) if file == std::path::Path::new("a.wav")));
        for words in [
            ["inspect", "peaks", "a.wav", "--bins=0"].as_slice(),
            &["inspect", "peaks", "a.wav", "--bins", "-3"],
            &["inspect", "peaks", "a.wav", "--bins", "many"],
            &["inspect", "peaks", "a.wav"],
            &["inspect", "peaks", "--bins", "3"],
            &["inspect", "peaks", "a.wav", "b.wav", "--bins", "3"],
            &["inspect", "wav", "a.wav", "--bins", "3"],
            &["inspect"],
            &["--bins", "3"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
