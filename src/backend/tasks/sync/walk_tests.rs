//! Walks over lists that change under the walker.

use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;

/// A row by its age in minutes, which is its name too.
fn row(age: usize) -> Consultation {
    Consultation::bare(
        ConsultationKey::record(age.to_string()),
        DateTime::UNIX_EPOCH + TimeDelta::minutes(1_000_000 - age as i64),
    )
}

/// A server's list, newest first, and how it pages.
struct Server {
    ages: Vec<usize>,
    clamp: usize,
    tells_total: bool,
}

impl Server {
    fn new(count: usize) -> Self {
        Self { ages: (0..count).map(|age| 1_000 + age).collect(), clamp: PAGE, tells_total: true }
    }

    fn page(&self, offset: usize) -> ConsultationPage {
        let consultations: Vec<_> = self.ages.iter().skip(offset).take(self.clamp).map(|age| row(*age)).collect();
        ConsultationPage {
            received: consultations.len(),
            skipped: 0,
            total: self.tells_total.then_some(self.ages.len()),
            consultations,
        }
    }
}

/// Walks to the end, changing the list before each page; tells what was seen.
fn walk(server: &mut Server, mut walk: Walk, mut change: impl FnMut(&mut Server, usize)) -> HashSet<ConsultationKey> {
    let mut seen = HashSet::new();
    for turn in 0..1_000 {
        change(server, turn);
        if let Step::Joined(leaf) = walk.take(server.page(walk.offset())) {
            seen.extend(leaf.rows.iter().map(|row| row.key.clone()));
            if leaf.is_end {
                return seen;
            }
        }
    }
    panic!("it never ended");
}

fn all(ages: &[usize]) -> HashSet<ConsultationKey> {
    ages.iter().map(|age| row(*age).key).collect()
}

#[test]
fn a_quiet_list_is_read_whole_however_it_is_paged() {
    for (count, clamp, tells_total) in [
        (0, 100, true),
        (1, 100, false),
        (99, 100, true),
        (100, 100, false),
        (1_234, 100, true),
        (321, 37, false),
        (64, 3, true),
    ] {
        let mut server = Server { clamp, tells_total, ..Server::new(count) };
        let expected = all(&server.ages);
        assert_eq!(walk(&mut server, Walk::from_top(), |_, _| {}), expected, "{count} by {clamp}");
    }
}

#[test]
fn a_walk_goes_on_below_a_moment_even_when_the_guess_is_off() {
    let server = || Server::new(900);
    for guess in [0, 250, 300, 333, 420, 900, 5_000] {
        let floor = row(1_299).started_at;
        let seen = walk(&mut server(), Walk::below(floor, guess), |_, _| {});
        let below = all(&server().ages[300..]);
        assert!(below.is_subset(&seen), "guess {guess}");
    }
}

#[test]
fn rows_that_cannot_be_read_neither_stop_it_nor_keep_it_going() {
    let mut walk = Walk::from_top();
    let mut asked = 0;
    let bad = |offset: usize| ConsultationPage {
        consultations: Vec::new(),
        received: 350_usize.saturating_sub(offset).min(PAGE),
        skipped: 0,
        total: None,
    };
    loop {
        asked += 1;
        assert!(asked < 20);
        if let Step::Joined(leaf) = walk.take(bad(walk.offset()))
            && leaf.is_end
        {
            break;
        }
    }
}

#[test]
fn a_list_in_no_order_ends_all_the_same() {
    let mut server = Server::new(700);
    fastrand::Rng::with_seed(3).shuffle(&mut server.ages);
    let expected = all(&server.ages);
    assert_eq!(walk(&mut server, Walk::from_top(), |_, _| {}), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is there from the first page to the last is seen, whatever else comes and goes.
    #[test]
    fn what_stays_is_seen(
        count in 0_usize..900,
        clamp in 7_usize..=100,
        tells_total: bool,
        changes in proptest::collection::vec((0_usize..3, 0_usize..900, 1_usize..40), 0..30),
    ) {
        let mut server = Server { clamp, tells_total, ..Server::new(count) };
        let mut stays = all(&server.ages);
        let mut next = 0;
        let mut changes = changes.into_iter();
        let seen = walk(&mut server, Walk::from_top(), |server, _| {
            let Some((kind, place, many)) = changes.next() else { return };
            match kind {
                // Arrivals at the top.
                0 => for _ in 0..many {
                    next += 1;
                    server.ages.insert(0, 999_usize.saturating_sub(next));
                },
                // Late arrivals anywhere else are the next look's business.
                1 => if let Some(age) = server.ages.get(place).copied() {
                    server.ages.insert(place, age);
                },
                _ => for _ in 0..many {
                    if place < server.ages.len() {
                        let age = server.ages.remove(place);
                        stays.remove(&row(age).key);
                    }
                },
            }
        });
        prop_assert!(stays.is_subset(&seen), "lost: {:?}", stays.difference(&seen).collect::<Vec<_>>());
    }
}
