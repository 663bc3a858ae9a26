//! Notifications of the system: when the background has news for one, and what a desktop's service is told, with a
//! pretended one on a bus of its own.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::ConsultationKey;
use consult_desk::state::{
    Command, ListCommand, Notification, NotifyRequest, RecordCommand, SettingsCommand, State, WindowCommand,
};

#[test]
fn a_note_that_was_waited_for_is_told_once_it_is_there() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.wish(Command::Settings(SettingsCommand::Notifies(true)));
    desk.wish(Command::Window(WindowCommand::Focused(false)));
    let id = desk.simulator.add_pending_record();
    let key = ConsultationKey::record(&id);
    desk.list(ListCommand::Refresh);
    desk.step_until("its row", |state| state.list.view.rows.iter().any(|row| row.key == key));
    desk.open_record(&key);
    assert_eq!(desk.notified, [], "nothing is ready yet");
    desk.simulator.fill_note(&id);
    desk.wish(Command::Record(RecordCommand::Reload));
    let is_there = |state: &State| {
        let reading = state.record.as_ref().and_then(|record| record.reading());
        reading.is_some_and(|reading| reading.soap.is_some())
    };
    desk.step_until("its note", is_there);
    let row = desk.state.record.as_ref().and_then(|record| record.consultation.clone()).expect("a row");
    let room = row.room.as_ref().map(|room| room.short_name().to_owned()).unwrap_or_default();
    let told = Notification { title: "A note is ready".to_owned(), body: room, opens: Some(key) };
    assert_eq!(desk.notified, [NotifyRequest::Show(told)]);
    desk.wish(Command::Record(RecordCommand::Reload));
    desk.step_until("the same once more", is_there);
    assert_eq!(desk.notified.len(), 1, "it is news once");
}

#[cfg(target_os = "linux")]
mod on_a_bus {
    use crate::support::bus::Bus;
    use consult_desk::domain::ConsultationKey;
    use consult_desk::outside::Outside;
    use consult_desk::platform::Buses;
    use consult_desk::state::{Notification, NotifyRequest};
    use eframe::egui::Context;
    use std::collections::HashMap;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
    use std::time::Duration;
    use zbus::blocking::Connection;
    use zbus::zvariant::OwnedValue;

    const LONG: Duration = Duration::from_secs(20);
    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";

    #[derive(Debug, PartialEq, Eq)]
    enum Heard {
        Shown { replaces: u32, title: String, body: String },
        Closed(u32),
    }

    struct Service {
        heard: SyncSender<Heard>,
    }

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Service {
        #[expect(clippy::unused_self, reason = "a method of the interface")]
        fn get_capabilities(&self) -> Vec<String> {
            vec!["body".to_owned(), "actions".to_owned(), "body-markup".to_owned()]
        }

        #[expect(clippy::too_many_arguments, reason = "the interface has so many")]
        fn notify(
            &self,
            name: &str,
            replaces: u32,
            icon: &str,
            title: String,
            body: String,
            actions: Vec<String>,
            hints: HashMap<String, OwnedValue>,
            expires: i32,
        ) -> u32 {
            assert_eq!((name, icon), ("Consult Desk", "io.github.consult_desk.ConsultDesk"));
            let actions: [String; 2] = actions.try_into().expect("one, with its words");
            assert_eq!((actions, expires), (["default", "Open"].map(str::to_owned), -1));
            assert!(hints.into_keys().any(|hint| hint == "desktop-entry"));
            self.heard.try_send(Heard::Shown { replaces, title, body }).expect("heard");
            7
        }

        fn close_notification(&self, number: u32) {
            self.heard.try_send(Heard::Closed(number)).expect("heard");
        }
    }

    struct Desktop {
        outside: Outside,
        service: Connection,
        heard: Receiver<Heard>,
        woken: Receiver<()>,
        _home: tempfile::TempDir,
    }

    fn desktop(bus: &Bus) -> Desktop {
        let (sender, heard) = sync_channel(16);
        let service =
            bus.owner(NAME).serve_at(PATH, Service { heard: sender }).expect("served").build().expect("a bus");
        let home = tempfile::tempdir().expect("a folder");
        let (ctx, (wakes, woken)) = (Context::default(), sync_channel(64));
        ctx.set_request_repaint_callback(move |_| {
            wakes.try_send(()).ok();
        });
        let system = Some("unix:path=/nonexistent/consult-desk/bus".to_owned());
        let buses = Buses { system, session: Some(bus.address.clone()) };
        let outside = Outside::start_on(&ctx, home.path(), buses);
        Desktop { outside, service, heard, woken, _home: home }
    }

    fn note(body: &str, opens: Option<&str>) -> NotifyRequest {
        let opens = opens.map(ConsultationKey::record);
        NotifyRequest::Show(Notification { title: "A note is ready".to_owned(), body: body.to_owned(), opens })
    }

    fn shown(replaces: u32, body: &str) -> Heard {
        Heard::Shown { replaces, title: "A note is ready".to_owned(), body: body.to_owned() }
    }

    #[test]
    fn a_click_on_it_raises_the_window_and_says_which_note() {
        let Some(bus) = Bus::start() else { return };
        let desktop = desktop(&bus);
        desktop.outside.notify(note("Room 1 <b> & 2", Some("r1")));
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("shown"), shown(0, "Room 1 &lt;b&gt; &amp; 2"));
        desktop.outside.notify(note("Room 2", Some("r2")));
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("shown"), shown(7, "Room 2"), "in the place of the first");
        assert_eq!(desktop.outside.take_told(), None, "nobody clicked yet");
        let click = |number: u32, action: &str| {
            desktop.service.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(number, action)).expect("told");
        };
        click(6, "default");
        click(7, "settings");
        click(7, "default");
        desktop.woken.recv_timeout(LONG).expect("raised");
        assert_eq!(desktop.outside.take_told(), Some(ConsultationKey::record("r2")));
        assert_eq!(desktop.outside.take_told(), None, "once");
    }

    #[test]
    fn it_is_taken_back_by_the_desk_and_at_its_end() {
        let Some(bus) = Bus::start() else { return };
        let desktop = desktop(&bus);
        desktop.outside.notify(note("", None));
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("shown"), shown(0, ""));
        desktop.outside.notify(NotifyRequest::TakeBack);
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("closed"), Heard::Closed(7));
        desktop.outside.notify(note("Room 3", None));
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("shown"), shown(0, "Room 3"));
        drop(desktop.outside);
        assert_eq!(desktop.heard.recv_timeout(LONG).expect("closed"), Heard::Closed(7));
    }

    #[test]
    fn a_desktop_without_such_a_service_changes_nothing() {
        let Some(bus) = Bus::start() else { return };
        let home = tempfile::tempdir().expect("a folder");
        let buses = Buses { system: None, session: Some(bus.address.clone()) };
        let outside = Outside::start_on(&Context::default(), home.path(), buses);
        outside.notify(note("Room 1", Some("r1")));
        outside.notify(NotifyRequest::TakeBack);
        assert_eq!(outside.take_told(), None);
    }
}
