//! Receiving addresses, their secrets, and webhooks that are being made.

use super::{clinic, elsewhere, now};
use crate::domain::live::{EventType, Scheme, WebhookId, WebhookSecret};
use crate::store::live::{Intent, NewRoute};
use crate::store::{SealingKey, Store, StoreKeys, samples};
use chrono::TimeDelta;
use secrecy::ExposeSecret as _;

fn new_route() -> NewRoute {
    NewRoute { organization: clinic(), scheme: Scheme::Organization, identity: clinic().as_str().to_owned() }
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text)
}

#[test]
fn a_route_gets_its_secret_and_the_one_before_stays_for_a_while() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let made = store.make_live_route(&new_route(), now()).expect("made");
    assert_eq!(made.secrets_at(now()), None, "nothing is answered without a secret");
    let until = now() + TimeDelta::days(1);
    store.give_route_secret(made.number, Some(&WebhookId("w-1".to_owned())), &secret("whsec_1"), until).expect("given");
    drop(store);
    let mut store = samples::open(home.path());
    let [held] = store.live_routes().expect("loaded").try_into().expect("one");
    assert_eq!((held.token.clone(), held.webhook.clone()), (made.token, Some(WebhookId("w-1".to_owned()))));
    assert_eq!(held.secrets_at(now()), Some((&secret("whsec_1"), None)));
    store.give_route_secret(made.number, None, &secret("whsec_2"), until).expect("given");
    let [held] = store.live_routes().expect("loaded").try_into().expect("one");
    assert_eq!(held.secrets_at(now()), Some((&secret("whsec_2"), Some(&secret("whsec_1")))));
    assert_eq!(held.secrets_at(until), Some((&secret("whsec_2"), None)));
    assert_eq!(held.webhook, Some(WebhookId("w-1".to_owned())));
    assert_eq!(store.remove_retired_routes(until), Ok(0));
    assert_eq!(store.live_routes().expect("loaded")[0].previous, None, "forgotten, not only not used");
}

#[test]
fn a_retired_route_is_answered_until_its_time_is_over() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let made = store.make_live_route(&new_route(), now()).expect("made");
    store.give_route_secret(made.number, None, &secret("whsec_1"), now()).expect("given");
    let end = now() + TimeDelta::hours(1);
    store.retire_live_route(made.number, end).expect("retired");
    let held = store.live_routes().expect("loaded");
    assert!(held[0].secrets_at(now()).is_some() && held[0].secrets_at(end).is_none());
    assert_eq!(store.remove_retired_routes(now()), Ok(0));
    assert_eq!(store.remove_retired_routes(end), Ok(1));
    assert_eq!(store.live_routes(), Ok(vec![]));
    // A number is not given again: what was sealed for it must not open for another.
    assert!(store.make_live_route(&new_route(), now()).expect("made").number > made.number);
}

#[test]
fn paths_are_random_and_nothing_secret_prints_itself() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let tokens: std::collections::BTreeSet<String> =
        (0..50).map(|_| store.make_live_route(&new_route(), now()).expect("made").token.expose().to_owned()).collect();
    assert_eq!(tokens.len(), 50);
    assert!(tokens.iter().all(|token| token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let first = store.live_routes().expect("loaded")[0].clone();
    store.give_route_secret(first.number, None, &secret("whsec_canary"), now()).expect("given");
    let printed = format!("{:?}", store.live_routes().expect("loaded"));
    assert!(!printed.contains("whsec") && !tokens.iter().any(|token| printed.contains(token.as_str())));
}

#[test]
fn a_secret_that_does_not_open_is_none() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let [one, two] = [(); 2].map(|()| store.make_live_route(&new_route(), now()).expect("made").number);
    store.give_route_secret(one, None, &secret("whsec_1"), now()).expect("given");
    // One that was sealed for another route.
    store
        .with_local(|local| {
            local.execute(
                "UPDATE live_route SET secret = (SELECT secret FROM live_route WHERE number = 1) WHERE number = 2",
                [],
            )
        })
        .expect("moved");
    store.save_live_secret("nexhealth", Some("key-1")).expect("saved");
    let routes = store.live_routes().expect("loaded");
    assert!(routes[0].secret.is_some() && routes[1].number == two && routes[1].secret.is_none());
    drop(store);
    // The database opens and the sealing key is another one.
    let keys = StoreKeys { sealing: SealingKey::new([1; 32]), ..samples::keys() };
    let (mut store, _) = Store::open(home.path(), &keys, now()).expect("opened");
    assert!(store.live_routes().expect("loaded").iter().all(|route| route.secret.is_none()));
    assert!(store.live_secret("nexhealth").expect("read").is_none());
}

#[test]
fn small_secrets_and_values_are_kept_by_name() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.save_live_secret("nexhealth", Some("key-1")).expect("saved");
    store.save_live_value("nexhealth.subdomain", Some("harbourvets")).expect("saved");
    drop(store);
    let mut store = samples::open(home.path());
    let held = store.live_secret("nexhealth").expect("read").expect("there");
    assert_eq!(held.expose_secret(), "key-1");
    assert_eq!(store.live_value("nexhealth.subdomain"), Ok(Some("harbourvets".to_owned())));
    store.save_live_secret("nexhealth", None).expect("forgotten");
    store.save_live_value("nexhealth.subdomain", None).expect("forgotten");
    assert!(store.live_secret("nexhealth").expect("read").is_none());
    assert_eq!(store.live_value("nexhealth.subdomain"), Ok(None));
}

#[test]
fn an_intent_ends_with_its_secret_kept_or_stays_to_be_mended() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let route = store.make_live_route(&new_route(), now()).expect("made");
    let intent = Intent {
        nonce: "n-1".to_owned(),
        organization: clinic(),
        route: route.number,
        address: "https://hooks.harbourvets.example/x".to_owned(),
        description: "Consult Desk n-1".to_owned(),
        event_types: Some(vec![EventType::RecordCreated, EventType::Other("odd type".to_owned())]),
        made_at: now(),
    };
    let every = Intent { nonce: "n-2".to_owned(), event_types: None, ..intent.clone() };
    store.begin_intent(&intent).expect("begun");
    store.begin_intent(&every).expect("begun");
    drop(store);
    let mut store = samples::open(home.path());
    assert_eq!(store.open_intents(&clinic()), Ok(vec![intent, every.clone()]));
    assert_eq!(store.open_intents(&elsewhere()), Ok(vec![]));
    let webhook = WebhookId("w-1".to_owned());
    assert_eq!(store.finish_intent("n-1", &webhook, &secret("whsec_1")), Ok(true));
    assert_eq!(store.finish_intent("n-1", &webhook, &secret("whsec_2")), Ok(false), "only once");
    let routes = store.live_routes().expect("loaded");
    assert_eq!((routes[0].secret.clone(), routes[0].webhook.clone()), (Some(secret("whsec_1")), Some(webhook)));
    assert_eq!(store.open_intents(&clinic()), Ok(vec![every]));
    store.drop_intent("n-2").expect("dropped");
    assert_eq!(store.open_intents(&clinic()), Ok(vec![]));
}
