//! What the simulator sends is what the vendors document: their own samples take it and refuse its forgeries, and so
//! does our verifier. The requests are those that went over the wire, as the sender wrote them down.

use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use consult_desk::domain::live::{self, WebhookSecret};
use consult_desk::simulator::{
    Config, Delivered, Forgery, Habits, Header, HooksHandle, NewAppointment, NewHook, NewRecord, NexHealthSetup,
    Personality, Reencoding, Scheme, Simulator, SimulatorHandle, Source,
};
use consult_desk::webhooks::{Incoming, Verifier};
use serde_json::{Value, json};

use crate::support::desk::{LIMIT, a_moment};
use crate::vendor_samples::{
    NEXHEALTH_PYTHON, ORGANIZATION_CSHARP, ORGANIZATION_NODE, ORGANIZATION_PYTHON, PARTNER_NODE, PARTNER_PYTHON, Sample,
};

/// A sender with one addressee, and the secret they share.
struct Sender {
    scheme: Scheme,
    simulator: SimulatorHandle,
    secret: String,
    /// What the event is about.
    subject: String,
}

impl Sender {
    fn new(scheme: Scheme) -> Self {
        let mut config = Config::new(Personality::Docs, Source::Generated { records: 3, seed: 2 }, a_moment());
        config.nexhealth = Some(NexHealthSetup::default());
        config.hooks = Habits { switch_off_after: u32::MAX, at_once: 1, ..Habits::default() };
        let simulator = Simulator::start_blocking(config).expect("a simulator");
        // Its own address answers every POST with a refusal, which is all that is needed of an addressee here.
        let url = format!("{}/somewhere", simulator.base_url());
        let (secret, subject) = match scheme {
            Scheme::Organization => {
                let hook = simulator.hooks().add(NewHook { url, ..NewHook::default() }).expect("a webhook");
                (hook.secret, String::new())
            }
            Scheme::Partner => {
                let id = simulator.push_record(NewRecord {
                    name: "Zoë".to_owned(),
                    transcript: Some("Vet: Zoë – 39.2 °C 🐕 日本.\nOwner: Since Tuesday.".to_owned()),
                    soap: Some("S: limping\nO: 39.2 °C".to_owned()),
                    recording: Some(b"RIFF".to_vec()),
                });
                (simulator.hooks().add_partner(&url).hmac_secret, id)
            }
            Scheme::NexHealth => subscribed(&simulator, &url),
        };
        Self { scheme, simulator, secret, subject }
    }

    fn hooks(&self) -> HooksHandle {
        self.simulator.hooks()
    }

    /// Sends one event with this fault or none, and gives back what went over the wire.
    fn send(&self, wrong: Option<Forgery>) -> Delivered {
        let before = self.hooks().delivered().len();
        if let Some(wrong) = wrong {
            self.hooks().forge_next(Some(self.scheme), wrong, 1);
        }
        match self.scheme {
            Scheme::Organization => {
                let told =
                    self.hooks().send("new_label", &json!({ "labelId": "0190", "hint": "Zoë – 39.2 °C 🐕 日本" }));
                assert_eq!(told, 1);
            }
            Scheme::Partner => assert!(self.hooks().send_to_partners(&self.subject)),
            Scheme::NexHealth => {
                let number = self.subject.parse().expect("a number");
                self.simulator.nexhealth().expect("NexHealth").tell_again(number, "appointment_updated");
            }
        }
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < LIMIT, "nothing was sent");
            if let Some(delivered) = self.hooks().delivered().into_iter().nth(before) {
                return delivered;
            }
            std::thread::yield_now();
        }
    }

    fn is_taken_by_us(&self, sent: &Delivered) -> bool {
        let scheme = match self.scheme {
            Scheme::Organization => live::Scheme::Organization,
            Scheme::Partner => live::Scheme::Partner,
            Scheme::NexHealth => live::Scheme::NexHealth,
        };
        let verifier = Verifier::new(scheme, &WebhookSecret::new(&self.secret), None).expect("a strong secret");
        let incoming = Incoming::new(sent.headers.iter().map(|(name, value)| (name, value)), &sent.body);
        verifier.verify(&incoming, sent.at).is_ok()
    }

    fn question(&self, sent: &Delivered) -> Value {
        let headers: serde_json::Map<String, Value> =
            sent.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let body = BASE64_STANDARD.encode(&sent.body);
        json!({ "headers": headers, "body": body, "secret": self.secret, "now": sent.at.timestamp() })
    }
}

/// An endpoint made and subscribed through the interface, and an appointment to tell of.
fn subscribed(simulator: &SimulatorHandle, url: &str) -> (String, String) {
    let nexhealth = simulator.nexhealth().expect("NexHealth");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let post = async |path: String, authorization: String, wish: Value| -> Value {
        let request = client.post(nexhealth.base_url() + &path).header("authorization", authorization);
        let request = request.header("nex-api-version", "v3.0.0").body(wish.to_string());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    };
    let secret = runtime.block_on(async {
        let token = post("/authenticates".to_owned(), nexhealth.key(), Value::Null).await;
        let bearer = format!("Bearer {}", token["data"]["token"].as_str().expect("a token"));
        let made = post("/webhook_endpoints".to_owned(), bearer.clone(), json!({ "target_url": url })).await;
        let path = format!("/webhook_endpoints/{}/webhook_subscriptions?subdomain=harbour-vets", made["data"]["id"]);
        post(path, bearer, json!({ "resource_type": "Appointment", "event": "appointment_updated" })).await;
        made["data"]["secret_key"].as_str().expect("a secret").to_owned()
    });
    let mut new = NewAppointment::new(0, a_moment(), "Zoë", "Müller");
    new.note = Some("39.2 °C 🐕 日本".to_owned());
    (secret, nexhealth.book(new).to_string())
}

/// What everybody has to refuse.
fn refused_by_all(scheme: Scheme) -> Vec<Forgery> {
    let mut all = vec![
        Forgery::MadeUpSignature,
        Forgery::OtherSecret,
        Forgery::Secret(String::new()),
        Forgery::AlteredBody,
        Forgery::TrimmedNewline,
        Forgery::Cut,
        Forgery::WrongPrefix,
        Forgery::Base64,
        Forgery::Reencoded(Reencoding::Sorted),
        Forgery::Without(Header::Signature),
        Forgery::Blank(Header::Signature),
    ];
    let others = [Scheme::Organization, Scheme::Partner, Scheme::NexHealth];
    all.extend(others.into_iter().filter(|other| *other != scheme).map(Forgery::AsScheme));
    match scheme {
        Scheme::Organization => {
            all.extend([Forgery::UpperHex, Forgery::AddedNewline]);
            all.extend([Reencoding::Pretty, Reencoding::Escaped].map(Forgery::Reencoded));
        }
        Scheme::Partner => {
            all.extend([Forgery::Aged(301), Forgery::Aged(-320), Forgery::AddedNewline]);
            all.push(Forgery::Without(Header::Timestamp));
        }
        Scheme::NexHealth => all.push(Forgery::Without(Header::Timestamp)),
    }
    all
}

/// Authentic, whatever else is odd about it.
const TAKEN_BY_ALL: [Forgery; 2] = [Forgery::LyingHeaders, Forgery::LowerCaseNames];

fn holds(scheme: Scheme, samples: &[Sample]) {
    let sender = Sender::new(scheme);
    let honest: Vec<Delivered> = (0..5).map(|_| sender.send(None)).collect();
    let odd = TAKEN_BY_ALL.into_iter().map(|wrong| sender.send(Some(wrong)));
    let genuine: Vec<Delivered> = honest.into_iter().chain(odd).collect();
    let wrong = refused_by_all(scheme);
    let forged: Vec<Delivered> = wrong.iter().map(|wrong| sender.send(Some(wrong.clone()))).collect();
    assert!(genuine.iter().all(|sent| sender.is_taken_by_us(sent)));
    for sent in &forged {
        assert!(!sender.is_taken_by_us(sent), "{:?}", sent.forgery);
    }
    for sample in samples {
        let questions: Vec<Value> = genuine.iter().chain(&forged).map(|sent| sender.question(sent)).collect();
        let Some(answers) = sample.answers_to(&questions) else { continue };
        let (taken, refused) = answers.split_at(genuine.len());
        assert!(taken.iter().all(|(is_valid, _)| *is_valid), "the sample refuses what was sent honestly");
        for ((is_valid, _), wrong) in refused.iter().zip(&wrong) {
            assert!(!is_valid, "the sample takes {wrong:?}");
        }
    }
}

#[test]
fn the_organizations_events_are_what_the_vendors_samples_take() {
    holds(Scheme::Organization, &[ORGANIZATION_PYTHON, ORGANIZATION_NODE, ORGANIZATION_CSHARP]);
}

#[test]
fn the_partners_events_are_what_the_vendors_samples_take() {
    holds(Scheme::Partner, &[PARTNER_PYTHON, PARTNER_NODE]);
}

#[test]
fn nexhealths_events_are_what_its_sample_takes() {
    holds(Scheme::NexHealth, &[NEXHEALTH_PYTHON]);
}
