//! The check of the line, each way it can end.

use super::*;
use chrono::TimeZone as _;

const BASE: &str = "https://desk.harbourvets.example";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

fn after(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

fn id() -> WebhookId {
    WebhookId("w1".to_owned())
}

fn problem(fault: HopFault) -> Problem {
    Problem::new(&Fault::Live(LiveFault::Hop(fault)), "LIVE-HOP")
}

/// A check whose looks found this, up to the webhook.
fn looked(address: HopFinding, tunnel: HopFinding) -> (Check, Next) {
    let mut check = Check::default();
    assert_eq!(check.begin(), LiveRequest::ProbeListener { run: 1 });
    let next = check.found(Hop::Listener, HopFinding::Good, BASE);
    let asked = LiveRequest::ProbeAddress { run: 1, address: PublicAddress(BASE.to_owned()) };
    assert_eq!(next, Next::Ask(asked));
    let next = check.found(Hop::Address, address, BASE);
    if check.phase == Phase::Failed {
        return (check, next);
    }
    assert_eq!(next, Next::Wait);
    let next = check.found(Hop::Tunnel, tunnel, BASE);
    (check, next)
}

fn awaiting(address: HopFinding, tunnel: HopFinding) -> Check {
    let (mut check, next) = looked(address, tunnel);
    assert_eq!(next, Next::MakeWebhook);
    assert_eq!(check.webhook_is_ready(id()), LiveRequest::Test(id()));
    check.test_was_asked_for(start());
    check
}

fn failed(check: &Check) -> Vec<(Hop, String)> {
    let failed = |hop: Hop| match check.hop(hop) {
        HopState::Failed(problem) => Some((hop, problem.summary.clone())),
        _ => None,
    };
    Hop::ALL.into_iter().filter_map(failed).collect()
}

#[test]
fn a_good_line_is_green_when_the_test_arrives() {
    let mut check = awaiting(HopFinding::Good, HopFinding::Good);
    assert_eq!(check.seconds_left(after(3)), Some(12));
    check.test_arrived();
    assert_eq!(check.phase, Phase::Good);
    assert!(Hop::ALL.iter().all(|hop| *check.hop(*hop) == HopState::Good));
    assert_eq!(check.seconds_left(after(3)), None);
    assert_eq!(check.pass(after(60)), Next::Wait);
    assert_eq!(check.phase, Phase::Good, "time takes nothing back");
}

#[test]
fn the_test_may_arrive_before_nxvet_says_that_it_was_sent() {
    let (mut check, _) = looked(HopFinding::Good, HopFinding::Good);
    check.webhook_is_ready(id());
    check.test_arrived();
    assert_eq!(check.phase, Phase::Good);
    check.test_was_asked_for(start());
    assert_eq!(check.phase, Phase::Good);
}

#[test]
fn what_fails_for_certain_ends_the_check_before_a_webhook_is_made() {
    let mut check = Check::default();
    check.begin();
    check.found(Hop::Listener, HopFinding::Failed(problem(HopFault::NoListener(8_737))), BASE);
    assert_eq!(failed(&check).first().map(|(hop, _)| *hop), Some(Hop::Listener));

    let (check, next) = looked(HopFinding::Failed(problem(HopFault::NoSuchName)), HopFinding::Good);
    assert_eq!((failed(&check).len(), next), (1, Next::Wait));
    assert_eq!(*check.hop(Hop::Tunnel), HopState::Waiting, "nothing is said about what was not looked at");

    let (check, next) = looked(HopFinding::Good, HopFinding::Failed(problem(HopFault::Gateway(502))));
    assert_eq!(failed(&check).first().map(|(hop, _)| *hop), Some(Hop::Tunnel));
    assert_eq!((next, check.phase), (Next::Wait, Phase::Failed));
}

#[test]
fn a_router_that_hides_the_address_from_inside_is_no_failure_when_the_test_arrives() {
    let doubt = || HopFinding::Doubtful(problem(HopFault::Unreachable));
    let mut check = awaiting(doubt(), doubt());
    assert!(matches!(check.hop(Hop::Address), HopState::Doubtful(_)));
    check.test_arrived();
    assert!(failed(&check).is_empty() && check.phase == Phase::Good);
}

#[test]
fn a_refused_test_is_the_signatures_fault_and_says_why() {
    let mut check = awaiting(HopFinding::Good, HopFinding::Good);
    check.test_was_refused("It is signed with another webhook's secret.".to_owned());
    let failed = failed(&check);
    let [(Hop::Signature, words)] = failed.as_slice() else { panic!("{failed:?}") };
    assert!(words.contains("another webhook's secret"), "{words}");
}

/// What NxVET says about its try, and the hop that is named by the fifteenth second.
#[test]
fn when_nothing_arrives_the_hop_is_named_in_time() {
    let said = |code, is_success| Some(VendorAttempt { code, error: None, is_success });
    let doubt = || HopFinding::Doubtful(problem(HopFault::Unreachable));
    let good = || HopFinding::Good;
    let cases = [
        (good(), good(), said(Some(502), false), Hop::Tunnel),
        (good(), good(), said(Some(530), false), Hop::Tunnel),
        (good(), good(), said(Some(404), false), Hop::Address),
        (good(), good(), said(None, false), Hop::Address),
        (good(), good(), said(Some(200), true), Hop::Address),
        (good(), good(), None, Hop::Tunnel),
        (doubt(), good(), None, Hop::Address),
        (doubt(), doubt(), None, Hop::Tunnel),
    ];
    for (address, tunnel, attempt, hop) in cases {
        let mut check = awaiting(address, tunnel);
        assert_eq!(check.pass(after(5)), Next::Wait);
        let asked = LiveRequest::AskVendor { run: 1, webhook: id() };
        assert_eq!(check.pass(after(9)), Next::Ask(asked));
        assert_eq!(check.pass(after(10)), Next::Wait, "it is asked once");
        check.vendor_said(attempt.clone());
        check.pass(after(15));
        assert_eq!(check.phase, Phase::Failed);
        assert_eq!(failed(&check).first().map(|(hop, _)| *hop), Some(hop), "{attempt:?}");
        assert_eq!(*check.hop(Hop::Signature), HopState::Waiting);
    }
}

#[test]
fn trying_again_begins_anew_and_drops_what_belongs_to_before() {
    let mut check = awaiting(HopFinding::Good, HopFinding::Good);
    check.pass(after(9));
    check.pass(after(20));
    assert_eq!(check.phase, Phase::Failed);
    assert_eq!(check.begin(), LiveRequest::ProbeListener { run: 2 });
    assert!(failed(&check).is_empty() && check.is_running());
    check.test_arrived();
    assert_eq!(check.phase, Phase::Probing, "a late test proves nothing about this check");
}

#[test]
fn each_way_asks_its_questions_in_its_own_order() {
    for way in Way::ALL {
        let steps = way.steps();
        let position = |wanted| steps.iter().position(|step| *step == wanted).expect("a step");
        assert_eq!(position(SetupStep::Address) < position(SetupStep::Instructions), !way.tells_its_address());
        assert_eq!((position(SetupStep::Why), position(SetupStep::Check)), (0, 4));
    }
}
