//! The pretended vendor on its own: prints where it listens, then runs until it is ended.
//!
//! Everything it answers is made in the `simulator` module; here are only the flags.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal is all this program has")]

use std::{
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
    thread,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Local, Offset as _, TimeZone as _, Utc};
use consult_desk::simulator::{
    Config, Fault, NexHealthSetup, Personality, Route, Simulator, SimulatorHandle, Source, StartError,
};
use lexopt::{Arg, Parser, ValueExt as _};

const USAGE: &str = "usage: nxvet-sim [--port N] [--personality docs|production] [--records N --seed S | --data DIR]
                 [--latency-ms N] [--rate-limited PERCENT] [--cut PERCENT] [--audio-rate BYTES_PER_S] [--no-range] [--key KEY] [--live]
                 [--hooks-factor N] [--hooks-outside] [--trust PEM] [--partner URL] [--control]
                 [--nexhealth [--nexhealth-port N] [--nexhealth-key KEY] [--zone NAME]] [--until-stdin-closes]
Without --records and --data it serves the sample clinic. With --control it takes commands by POST /__sim/… without a key.";

/// Why it ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}\n{USAGE}")]
    Flags(#[from] lexopt::Error),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("cannot write to the terminal")]
    Output(#[from] io::Error),
}

struct Flags {
    config: Config,
    records: Option<usize>,
    seed: u64,
    folder: Option<PathBuf>,
    /// Percent of the records' details that are answered with 429, and that break off.
    rate_limited: f64,
    cut: f64,
    until_stdin_closes: bool,
    /// Certificates of authorities that webhooks go to.
    trusted: Option<PathBuf>,
    /// Where a partner's webhooks go.
    partner: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("nxvet-sim: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Trouble> {
    let Some(flags) = read_flags()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let until_stdin_closes = flags.until_stdin_closes;
    let (rate_limited, cut) = (flags.rate_limited, flags.cut);
    let (trusted, partner) = (flags.trusted.clone(), flags.partner.clone());
    let server = Simulator::start_blocking(with_source(flags))?;
    server.faults().share(Route::Detail, Fault::RateLimited { retry_after: None }, rate_limited / 100.0);
    server.faults().share(Route::Detail, Fault::CutBody, cut / 100.0);
    if let Some(path) = trusted {
        server.hooks().trust(&std::fs::read(path)?);
    }
    println!("{}", said(&server, partner.as_deref()));
    io::stdout().flush()?;
    if until_stdin_closes {
        let mut rest = Vec::new();
        io::stdin().read_to_end(&mut rest)?;
        return Ok(());
    }
    loop {
        thread::park();
    }
}

/// One line: where it listens, and every secret that a script needs.
fn said(server: &SimulatorHandle, partner: Option<&str>) -> String {
    let mut line = format!("listening {} key={} org={}", server.base_url(), server.key(), server.organization_id());
    if let Some(nexhealth) = server.nexhealth() {
        line += &format!(
            " nexhealth={} nexhealth-key={} subdomain={} location={}",
            nexhealth.base_url(),
            nexhealth.key(),
            nexhealth.subdomain(),
            nexhealth.location_id()
        );
    }
    if let Some(url) = partner {
        let given = server.hooks().add_partner(url);
        line += &format!(
            " partner={} partner-secret={} partner-user={}",
            given.partner_id, given.hmac_secret, given.partner_user_key
        );
    }
    line
}

fn read_flags() -> Result<Option<Flags>, lexopt::Error> {
    let now: DateTime<Utc> = SystemTime::now().into();
    let mut config = Config::new(Personality::Production, Source::Demo, now);
    config.utc_offset_minutes = Local.offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc() / 60;
    let mut flags = Flags {
        config,
        records: None,
        seed: 1,
        folder: None,
        rate_limited: 0.0,
        cut: 0.0,
        until_stdin_closes: false,
        trusted: None,
        partner: None,
    };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("records") => flags.records = Some(parser.value()?.parse()?),
            Arg::Long("seed") => flags.seed = parser.value()?.parse()?,
            Arg::Long("rate-limited") => flags.rate_limited = parser.value()?.parse()?,
            Arg::Long("cut") => flags.cut = parser.value()?.parse()?,
            Arg::Long("data") => flags.folder = Some(parser.value()?.into()),
            Arg::Long("until-stdin-closes") => flags.until_stdin_closes = true,
            Arg::Long("trust") => flags.trusted = Some(parser.value()?.into()),
            Arg::Long("partner") => flags.partner = Some(parser.value()?.string()?),
            Arg::Long(name) => {
                let name = name.to_owned();
                read_manner(&name, &mut parser, &mut flags.config)?;
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(flags))
}

/// The flags that say how it answers rather than what.
fn read_manner(name: &str, parser: &mut Parser, config: &mut Config) -> Result<(), lexopt::Error> {
    match name {
        "port" => config.port = parser.value()?.parse()?,
        "personality" => config.personality = parser.value()?.parse_with(personality)?,
        "latency-ms" => config.latency = Duration::from_millis(parser.value()?.parse()?),
        "audio-rate" => config.audio_bytes_per_second = Some(parser.value()?.parse()?),
        "no-range" => config.range = false,
        "key" => config.key = Some(parser.value()?.string()?),
        "live" => config.lead_live = true,
        "control" => config.control = true,
        "hooks-factor" => config.hooks.factor = parser.value()?.parse()?,
        "hooks-outside" => config.hooks.goes_outside = true,
        name if name == "zone" || name.starts_with("nexhealth") => read_nexhealth(name, parser, config)?,
        _ => return Err(format!("--{name} is not a flag of this program").into()),
    }
    Ok(())
}

/// Each of them asks for NexHealth.
fn read_nexhealth(name: &str, parser: &mut Parser, config: &mut Config) -> Result<(), lexopt::Error> {
    let setup = config.nexhealth.get_or_insert_with(NexHealthSetup::default);
    match name {
        "nexhealth" => {}
        "nexhealth-port" => setup.port = parser.value()?.parse()?,
        "nexhealth-key" => setup.key = Some(parser.value()?.string()?),
        "zone" => setup.zone = parser.value()?.parse_with(|name| name.parse().map_err(|_| "the zone is not known"))?,
        _ => return Err(format!("--{name} is not a flag of this program").into()),
    }
    Ok(())
}

fn personality(word: &str) -> Result<Personality, &'static str> {
    match word {
        "docs" => Ok(Personality::Docs),
        "production" => Ok(Personality::Production),
        _ => Err("the personality is docs or production"),
    }
}

fn with_source(flags: Flags) -> Config {
    let Flags { mut config, records, seed, folder, .. } = flags;
    config.source = match (folder, records) {
        (Some(folder), _) => Source::Folder(folder),
        (None, Some(records)) => Source::Generated { records, seed },
        (None, None) => Source::Demo,
    };
    config
}
