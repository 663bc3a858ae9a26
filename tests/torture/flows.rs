//! What the killed, starved and cut off program was about to do: flows are lists of steps, the same for the same
//! name and seed.

use super::world::Step;

/// A flow that ends by itself, and one that ends by being killed.
pub const FLOWS: [&str; 7] = ["sync", "export", "local", "marks", "keys", "retention", "wipe"];
pub const MIXED: &str = "mixed";

/// The steps of a flow in their order.
pub fn steps(flow: &str, seed: u64) -> Vec<Step> {
    match flow {
        "sync" => sync(),
        "export" => vec![Step::Document(0), Step::Copy(0), Step::Pieces(0), Step::Document(0), Step::Copy(0)],
        "local" => local(seed),
        "marks" => {
            let marks = [Step::Mark(0), Step::Audit(0), Step::LookThrough, Step::Mark(1), Step::Audit(1)];
            marks.into_iter().chain([Step::Mark(0), Step::LookThrough]).collect()
        }
        "retention" => vec![Step::Page(50), Step::Notes(250), Step::Notes(251), Step::LetGo(50), Step::Page(51)],
        "keys" => vec![Step::ApiKey, Step::Settings, Step::ApiKey, Step::Settings],
        "wipe" => {
            let before = [Step::Organization, Step::Page(0), Step::Notes(0), Step::Mark(0), Step::ApiKey];
            before.into_iter().chain([Step::Wipe, Step::Page(0)]).collect()
        }
        // Only opens.
        "open" => Vec::new(),
        _ => mixed(seed),
    }
}

fn sync() -> Vec<Step> {
    let mut steps = vec![Step::Organization, Step::Devices];
    for at in 0..3 {
        steps.push(Step::Page(at));
        steps.extend((at * 5..at * 5 + 2).map(Step::Notes));
    }
    steps.push(Step::SyncState);
    // The newest page comes again with every look.
    steps.push(Step::Page(0));
    steps
}

fn local(seed: u64) -> Vec<Step> {
    let mut random = fastrand::Rng::with_seed(seed);
    let one = || match random.u8(..9) {
        0 => Step::Organization,
        7 => Step::LookThrough,
        1..=3 => Step::Mark(random.u64(..5)),
        4..=6 => Step::Audit(random.u64(..)),
        _ => Step::Page(random.u64(..3)),
    };
    std::iter::repeat_with(one).take(24).collect()
}

fn mixed(seed: u64) -> Vec<Step> {
    let mut random = fastrand::Rng::with_seed(seed);
    let one = || match random.u8(..33) {
        0..6 => Step::Page(random.u64(..6)),
        6..10 => Step::Notes(random.u64(..12)),
        10 => Step::Devices,
        11..13 => Step::SyncState,
        13..15 => Step::Organization,
        15..20 => Step::Mark(random.u64(..8)),
        20..25 => Step::Audit(random.u64(..)),
        25 => Step::Settings,
        26 => Step::ApiKey,
        27 => Step::Document(random.u64(..2)),
        28 => Step::Copy(random.u64(..2)),
        29 => Step::Pieces(random.u64(..2)),
        30 => Step::Page(50),
        31 => Step::LookThrough,
        _ => Step::LetGo(50),
    };
    std::iter::repeat_with(one).take(4_000).collect()
}
