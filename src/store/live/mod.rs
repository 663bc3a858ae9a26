//! What is heard while it happens, on this computer alone: events, deliveries, the flight recorder, receiving addresses
//! with their sealed secrets, appointments and what people decided. All of it lies in `local.db` and waits for the disk.
//! Signatures are checked and payloads read elsewhere.
//!
//! The calls, all on [`Store`](super::Store), all blocking:
//!
//! | file | calls |
//! |---|---|
//! | `inbox` | `keep_arrivals`, `live_events_after`, `live_events_between`, `live_cursor`, `move_live_cursor`, `last_received`, `live_body`, `forget_live_body`, `set_aside`, `live_totals` |
//! | `deliveries` | `note_deliveries`, `deliveries` |
//! | `recorder` | `witness`, `recorded_requests`, `recorded_request` |
//! | `routes` | `make_live_route`, `live_routes`, `give_route_secret`, `retire_live_route`, `remove_live_route`, `remove_retired_routes` |
//! | `intents` | `begin_intent`, `open_intents`, `finish_intent`, `drop_intent` |
//! | `appointments` | `keep_appointments`, `appointments_between`, `appointment`, `remove_appointments` |
//! | `decisions` | `save_decision`, `take_decision_back`, `decisions` |
//! | `rooms` | `name_room`, `room_names` |
//! | `values` | `live_value`, `save_live_value`, `live_secret`, `save_live_secret` |
//! | `sharing` | `events_to_share`, `keep_shared`, `live_clinics`, `desk_name` |
//! | `tidy` | `tidy_live`, `let_live_go` |
//!
//! A [`SharedInbox`] takes in what the receiver hears.

mod appointments;
mod decisions;
mod deliveries;
mod happening;
mod inbox;
mod intents;
mod recorder;
mod rooms;
mod routes;
mod schema;
mod shared;
mod sharing;
mod tidy;
mod values;

#[cfg(test)]
mod tests;

pub use inbox::{LiveTotals, SetAside};
pub use intents::Intent;
pub use routes::{LiveRoute, NewRoute, PathToken, RouteNumber};
pub(super) use schema::LEVEL_4;
pub use shared::SharedInbox;
pub use sharing::{KEPT_BY_BROKER, SHARED, SharedEvent};
pub use tidy::KEPT_DELIVERIES;
