//! `consult-desk receive`: the receiver without a window, for a small computer that is always on, and the few words that
//! set it up. It opens the same data as the window does, so only one of the two runs at a time. It prints addresses only
//! when asked to, and logs numbers alone.

mod share;

use crate::clock::Clock;
use crate::crash;
use crate::domain::OrganizationId;
use crate::domain::live::{Scheme, WebhookSecret};
use crate::logging;
use crate::options::{NewAddress, ReceiveOptions, ReceiveWhat, RunOptions, TlsFiles};
use crate::platform::{Folders, ProfileLock, SecretStore, core_dumps, secret_file};
use crate::sharing;
use crate::state::Settings;
use crate::store::live::{LiveRoute, NewRoute, RouteNumber, SharedInbox};
use crate::store::{Removal, Store, StoreKeys, Vault, VaultHead};
use crate::webhooks::receiver::{Counts, Listen, Receiver, Route, Running, TlsIdentity};
use chrono::TimeDelta;
use share::{AnnouncingInbox, StoreOutbox};
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// Secrets whose time is over are forgotten this often.
const ROUND: Duration = Duration::from_secs(60);
/// Rounds between two lines of numbers in the log.
const ROUNDS_PER_LINE: u32 = 60;
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);
/// A secret that was replaced stays good for what is still on its way: NexHealth tries for two days.
const PREVIOUS_LASTS: TimeDelta = TimeDelta::hours(49);

/// `false` when something was refused; why, stands on `out`.
pub fn receive(options: &ReceiveOptions, clock: &Clock, out: &mut impl Write) -> std::io::Result<bool> {
    match work(options, clock, out) {
        Ok(()) => Ok(true),
        Err(words) => writeln!(out, "{words}.").map(|()| false),
    }
}

fn work(options: &ReceiveOptions, clock: &Clock, out: &mut impl Write) -> Result<(), String> {
    core_dumps::leave_none();
    let folders = Folders::locate().map_err(words)?;
    let _lock = ProfileLock::take(&folders.data).map_err(|error| {
        format!("{error}. The receiver and the window cannot both have it; let the window receive instead")
    })?;
    crash::watch(&folders.logs, clock);
    let _log = logging::start(&folders.logs, clock);
    let settings: Settings = crate::store::load_json(&folders.config.join("settings.json"));
    let store = Arc::new(Mutex::new(open_store(&folders, options.secret_file.as_deref(), clock)?));
    match &options.what {
        ReceiveWhat::Run(run) => run_until_ended(&store, run, (&settings, clock), out),
        ReceiveWhat::List { public_name, shows_addresses } => {
            let shown = shows_addresses.then(|| base_of_name(public_name.as_deref()));
            list(&mut held(&store), shown.as_deref(), out)
        }
        ReceiveWhat::Add(new) => add(&mut held(&store), new, clock, out),
        ReceiveWhat::Secret { route, hook_secret } => take_secret(&mut held(&store), *route, hook_secret, clock, out),
        ReceiveWhat::Remove { route } => remove(&mut held(&store), *route, out),
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}

fn held(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

// --------------------------------------------------------------------------------------------- opening the data

fn open_store(folders: &Folders, secret_file: Option<&Path>, clock: &Clock) -> Result<Store, String> {
    if Removal::new(&folders.data, &[], &[], Path::new("")).is_under_way() {
        return Err("Everything here is being removed; open the window once to finish that".to_owned());
    }
    let vault = Vault::new(&folders.data);
    let head = vault.head();
    if matches!(head, VaultHead::Closed { has_pin: true, .. }) {
        return Err("The data here is locked with a PIN, which nobody could enter; take the PIN off first".to_owned());
    }
    let is_new = head == VaultHead::Missing;
    let secret = match secret_file {
        Some(path) => secret_of_file(path, is_new)?,
        None => secret_of_system()?,
    };
    let keys = if is_new {
        let keys = StoreKeys::random().map_err(words)?;
        vault.seal(&keys, Some(&secret), None, clock.now()).map_err(words)?;
        keys
    } else {
        vault.open(&secret).map_err(words)?
    };
    let (store, notes) = Store::open(&folders.data, &keys, clock.now()).map_err(words)?;
    for note in notes {
        tracing::warn!(%note, "the store had to be mended");
    }
    Ok(store)
}

/// With data that is new here the file is made as well; otherwise a missing file is a mistake to be told.
fn secret_of_file(path: &Path, is_new: bool) -> Result<Zeroizing<[u8; 32]>, String> {
    match secret_file::read(path) {
        Err(secret_file::SecretFileError::Missing) if is_new => {
            let secret = Zeroizing::new(crate::store::random_key().map_err(words)?);
            secret_file::create(path, &secret).map_err(words)?;
            Ok(secret)
        }
        read => read.map_err(words),
    }
}

fn secret_of_system() -> Result<Zeroizing<[u8; 32]>, String> {
    let hint = "give --secret-file and a file for its secret";
    match SecretStore::Os.vault_key_within(true, KEY_STORE_LIMIT) {
        Ok(Some(secret)) => Ok(Zeroizing::new(secret)),
        Ok(None) => Err(format!("This computer has no key store; {hint}")),
        Err(error) => Err(format!("{error}; {hint}")),
    }
}

// --------------------------------------------------------------------------------------------------- receiving

fn run_until_ended(
    store: &Arc<Mutex<Store>>,
    run: &RunOptions,
    (settings, clock): (&Settings, &Clock),
    out: &mut impl Write,
) -> Result<(), String> {
    let meeting = run.share.as_ref().map(share::meeting).transpose()?;
    let routes = {
        let mut store = held(store);
        store.remove_retired_routes(clock.now()).map_err(words)?;
        store.live_routes().map_err(words)?
    };
    let listen = Listen {
        addresses: run.bind.clone(),
        port: run.port.unwrap_or(settings.receiver_port),
        public_host: run.public_name.clone().or_else(|| host_of(&settings.public_address)),
        tls: run.tls.as_ref().map(identity_of).transpose()?,
        ..Listen::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(words)?;
    let hands = clock.clone();
    let came = Arc::new(Notify::new());
    let inbox = Arc::new(AnnouncingInbox::new(SharedInbox::new(Arc::clone(store)), Arc::clone(&came)));
    let open = open_routes(&routes, clock);
    let started = runtime.block_on(Receiver::start(listen, open, inbox, Arc::new(move || hands.now())));
    let running = started.map_err(words)?;
    let base = base_of(run, &running);
    announce(&base, &routes, run.shows_addresses, out).map_err(words)?;
    if let Some(meeting) = meeting {
        let outbox = Arc::new(StoreOutbox::new(Arc::clone(store), clock.clone()));
        runtime.spawn(sharing::share(meeting, outbox, came));
    }
    tracing::info!(addresses = running.addresses().len(), routes = running.route_count(), "receiving");
    let kept_for = TimeDelta::days(i64::from(settings.text_days));
    runtime.block_on(go_round(&running, store, clock, kept_for));
    runtime.block_on(running.stop());
    Ok(())
}

/// Whole files, read once; a renewed certificate needs a new start.
fn identity_of(files: &TlsFiles) -> Result<TlsIdentity, String> {
    let read = |path: &Path| {
        std::fs::read(path).map(Zeroizing::new).map_err(|error| format!("{} cannot be read: {error}", path.display()))
    };
    TlsIdentity::from_pem(&read(&files.certificate)?, &read(&files.key)?).map_err(words)
}

/// The name in a public address.
fn host_of(address: &str) -> Option<String> {
    url::Url::parse(address).ok()?.host_str().map(str::to_owned)
}

/// What the outside calls, as far as it is known.
fn base_of(run: &RunOptions, running: &Running) -> String {
    let scheme = if run.tls.is_some() { "https" } else { "http" };
    match running.addresses().first() {
        Some(address) => format!("{scheme}://{address}"),
        None => format!("{scheme}://127.0.0.1"),
    }
}

fn announce(base: &str, routes: &[LiveRoute], shows: bool, out: &mut impl Write) -> std::io::Result<()> {
    if shows {
        for route in routes {
            writeln!(out, "route {} {} {base}/{}", route.number.0, route.scheme.code(), route.token.expose())?;
        }
    }
    writeln!(out, "listening {base}")?;
    out.flush()
}

/// Ends only with the process, whenever that is ended: what was answered is on the disk.
async fn go_round(running: &Running, store: &Arc<Mutex<Store>>, clock: &Clock, kept_for: TimeDelta) {
    let mut told = Counts::default();
    for round in 1_u32.. {
        tokio::time::sleep(ROUND).await;
        let (shared, now) = (Arc::clone(store), clock.now());
        let look = move || {
            let mut store = held(&shared);
            store.remove_retired_routes(now)?;
            // A bite each round is more than comes in.
            store.let_live_go(now - kept_for)?;
            store.live_routes()
        };
        if let Ok(Ok(routes)) = tokio::task::spawn_blocking(look).await {
            running.set_routes(open_routes(&routes, clock));
        }
        let counts = running.counts();
        if round % ROUNDS_PER_LINE == 0 && counts != told {
            log_counts(&counts);
            told = counts;
        }
    }
}

fn log_counts(counts: &Counts) {
    tracing::info!(
        taken = counts.taken,
        again = counts.again,
        refused = counts.refused,
        set_aside = counts.set_aside,
        put_off = counts.put_off,
        turned_away = counts.turned_away,
        dropped = counts.dropped,
        "received since the start"
    );
}

/// Routes that can be answered on: with a secret that is long enough, and whose time is not over.
fn open_routes(routes: &[LiveRoute], clock: &Clock) -> Vec<Route> {
    let now = clock.now();
    let open = |route: &LiveRoute| {
        let (current, previous) = route.secrets_at(now)?;
        let token = route.token.expose();
        Route::new(token, &route.organization, (route.scheme, &route.identity), (current, previous)).ok()
    };
    routes.iter().filter_map(open).collect()
}

// ------------------------------------------------------------------------------------------------- setting it up

fn add(store: &mut Store, new: &NewAddress, clock: &Clock, out: &mut impl Write) -> Result<(), String> {
    let identity = match (new.scheme, &new.identity) {
        (Scheme::Organization, None) => new.organization.clone(),
        (Scheme::Organization, Some(_)) => return Err("NxVET's own webhooks have no --identity".to_owned()),
        (_, Some(identity)) => identity.clone(),
        (_, None) => return Err("Say with --identity which partner or practice the events are for".to_owned()),
    };
    let route = NewRoute { organization: OrganizationId::new(&new.organization), scheme: new.scheme, identity };
    let route = store.make_live_route(&route, clock.now()).map_err(words)?;
    line_of(&route, Some(&base_of_name(new.public_name.as_deref())), out).map_err(words)
}

fn list(store: &mut Store, base: Option<&str>, out: &mut impl Write) -> Result<(), String> {
    for route in store.live_routes().map_err(words)? {
        line_of(&route, base, out).map_err(words)?;
    }
    let totals = store.live_totals().map_err(words)?;
    writeln!(out, "events: {} known, {} kept, {} set aside", totals.known, totals.kept, totals.set_aside).map_err(words)
}

/// `base` is what stands before the random path; without one the path is not shown.
fn line_of(route: &LiveRoute, base: Option<&str>, out: &mut impl Write) -> std::io::Result<()> {
    let address = base.map_or(String::new(), |base| format!(" {base}/{}", route.token.expose()));
    let secret = if route.secret.is_some() { "has its secret" } else { "waits for its secret" };
    writeln!(out, "route {} {}{address} {secret}", route.number.0, route.scheme.code())
}

/// Without a name the path alone is shown: what stands before it is known to whoever runs the proxy.
fn base_of_name(public_name: Option<&str>) -> String {
    public_name.map_or(String::new(), |name| format!("https://{name}"))
}

fn take_secret(store: &mut Store, number: i64, file: &Path, clock: &Clock, out: &mut impl Write) -> Result<(), String> {
    let route = find(store, number)?;
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|error| format!("The file with the webhook's secret cannot be read: {error}"))?;
    let secret = WebhookSecret::new(text.trim());
    // What could not open the address is not kept either.
    Route::new(route.token.expose(), &route.organization, (route.scheme, &route.identity), (&secret, None))
        .map_err(words)?;
    let until = clock.now() + PREVIOUS_LASTS;
    store.give_route_secret(route.number, None, &secret, until).map_err(words)?;
    writeln!(out, "route {number} {} has its secret", route.scheme.code()).map_err(words)
}

fn remove(store: &mut Store, number: i64, out: &mut impl Write) -> Result<(), String> {
    let route = find(store, number)?;
    store.remove_live_route(route.number).map_err(words)?;
    writeln!(out, "route {number} is answered no longer").map_err(words)
}

fn find(store: &mut Store, number: i64) -> Result<LiveRoute, String> {
    let routes = store.live_routes().map_err(words)?;
    let found = routes.into_iter().find(|route| route.number == RouteNumber(number));
    found.ok_or_else(|| format!("There is no address {number}"))
}
