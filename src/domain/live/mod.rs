//! What the desk hears while it happens: events of the rooms and of the appointment book, and what follows from them.
//! Pure: signatures are checked in `webhooks/`, events are kept in `store/`; here they are folded into what shows.

pub mod appointment;
pub mod arrival;
pub mod board;
pub mod book;
pub mod day;
pub mod event;
pub mod pairing;
pub mod public_net;
pub mod rooms;
pub mod sharing;
pub mod webhook;

pub use appointment::{Appointment, AppointmentId, Booking};
pub use arrival::{Arrival, CannotKeep, Content, Inbox, Kept, RawRequest, Witnessed};
pub use event::{EventKey, Happening, LiveEvent, Scheme};
pub use sharing::{BrokerAddress, BrokerFault, BrokerLogin, CodeError, PairingCode};
pub use webhook::{Delivery, DeliverySource, EventType, Webhook, WebhookId, WebhookSecret};
