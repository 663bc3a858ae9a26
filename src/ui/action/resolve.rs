//! Which command an action means now, if it means one.

use super::Action;
use crate::domain::{Mark, SoapPart};
use crate::state::board::{BoardCommand, NexHealthCommand};
use crate::state::live::{LiveCommand, SetupCommand, Standing, WebhookCard};
use crate::state::{
    Appearance, Command, Dialog, DocumentFormat, ExportCommand, FindCommand, LinkCommand, ListCommand, Loading,
    LockCommand, MarkCommand, OpenRecord, PlayerCommand, RecordCommand, RecordingState, Route, ScanDirection,
    SearchCommand, Session, SessionCommand, SettingsCommand, State, WindowCommand,
};
use crate::ui::view::View;

impl Action {
    /// The command it means now; `None` is greyed out.
    pub fn resolve(self, view: &View<'_>) -> Option<Command> {
        let state = view.state;
        if let Some(setting) = self.setting() {
            return Some(setting.into());
        }
        if !matches!(state.session, Session::SignedIn { .. }) {
            return None;
        }
        self.window(state)
            .or_else(|| self.live(state))
            .or_else(|| self.mark(state))
            .or_else(|| self.list(state))
            .or_else(|| self.listen(state))
            .or_else(|| self.record(state))
    }

    fn setting(self) -> Option<SettingsCommand> {
        Some(match self {
            Self::ZoomIn => SettingsCommand::ZoomIn,
            Self::ZoomOut => SettingsCommand::ZoomOut,
            Self::ZoomReset => SettingsCommand::ZoomReset,
            Self::FollowSystem => SettingsCommand::Appearance(Appearance::System),
            Self::UseLight => SettingsCommand::Appearance(Appearance::Light),
            Self::UseDark => SettingsCommand::Appearance(Appearance::Dark),
            _ => return None,
        })
    }

    fn window(self, state: &State) -> Option<Command> {
        let show = |dialog| Some(WindowCommand::Show(dialog).into());
        match self {
            Self::Palette => show(Dialog::Palette),
            Self::Shortcuts if state.dialog == Some(Dialog::Shortcuts) => Some(WindowCommand::CloseDialog.into()),
            Self::Shortcuts => show(Dialog::Shortcuts),
            Self::About => show(Dialog::About),
            Self::SignOut => Some(SessionCommand::AskToSignOut.into()),
            Self::ShowConsultations | Self::Search => Some(WindowCommand::Go(Route::Consultations).into()),
            Self::SearchEverywhere => Some(SearchCommand::Show.into()),
            Self::Lock => Some(LockCommand::Lock.into()),
            Self::ShowSettings => Some(WindowCommand::Go(Route::Settings).into()),
            Self::ShowRooms => Some(WindowCommand::Go(Route::Rooms).into()),
            Self::ShowLive => Some(WindowCommand::Go(Route::Live).into()),
            Self::Find if state.record.is_none() => Some(WindowCommand::Go(Route::Consultations).into()),
            Self::Find => Some(FindCommand::Open.into()),
            Self::Close => close(state),
            Self::CopyLink => state.link_of_open().map(|_| LinkCommand::Copy.into()),
            _ => None,
        }
    }

    fn live(self, state: &State) -> Option<Command> {
        let is_on = |card: &WebhookCard| card.standing() != Standing::Stopped && card.work.is_none();
        let has_one = state.live.webhooks.iter().any(is_on);
        match self {
            Self::Refresh if state.route == Route::Live => Some(LiveCommand::Refresh.into()),
            Self::SetUpLive => Some(LiveCommand::Setup(SetupCommand::Begin).into()),
            Self::AddAddress => Some(LiveCommand::AskForNew.into()),
            Self::AddPartner => Some(LiveCommand::AskForPartner.into()),
            Self::SendTest => has_one.then(|| LiveCommand::SendAnyTest.into()),
            Self::ConnectNexHealth if !state.board.nexhealth.is_connected() => {
                Some(BoardCommand::NexHealth(NexHealthCommand::AskToConnect).into())
            }
            _ => None,
        }
    }

    fn mark(self, state: &State) -> Option<Command> {
        let is_selected = state.record.is_some() || state.list.selected.is_some();
        let is_in_sight = is_selected && state.route == Route::Consultations;
        let command = match self {
            Self::MarkReviewed => MarkCommand::Toggle(Mark::Reviewed),
            Self::MarkCopied => MarkCommand::Toggle(Mark::Copied),
            Self::MarkFollowUp => MarkCommand::Toggle(Mark::FollowUp),
            Self::Remark => MarkCommand::EditRemark,
            Self::UndoMark => return state.marks.can_undo().then(|| MarkCommand::Undo.into()),
            _ => return None,
        };
        is_in_sight.then(|| command.into())
    }

    fn list(self, state: &State) -> Option<Command> {
        let list = &state.list;
        let has_rows = !list.view.rows.is_empty();
        let command = match self {
            Self::SelectNext if has_rows => ListCommand::Move(1),
            Self::SelectPrevious if has_rows => ListCommand::Move(-1),
            Self::OpenSelected => ListCommand::Select(list.selected_row()?.key.clone()),
            Self::ClearFilters if !list.filter.is_empty() => ListCommand::ClearFilters,
            Self::LookFurtherBack if list.can_look_further() && list.progress.loading == Loading::Idle => {
                ListCommand::LookFurtherBack
            }
            Self::Refresh => ListCommand::Refresh,
            _ => return None,
        };
        Some(command.into())
    }

    fn listen(self, state: &State) -> Option<Command> {
        let is_loaded = state.player.is_loaded();
        let has_selection = state.player.selection.is_some();
        let command = match self {
            Self::PlayPause if is_loaded || can_play_open(state) => PlayerCommand::Toggle,
            Self::Back5 if is_loaded => PlayerCommand::SeekBy(-5_000),
            Self::Forward5 if is_loaded => PlayerCommand::SeekBy(5_000),
            Self::Back1 if is_loaded => PlayerCommand::SeekBy(-1_000),
            Self::Forward1 if is_loaded => PlayerCommand::SeekBy(1_000),
            Self::ScanBack if is_loaded => PlayerCommand::Scan(ScanDirection::Back),
            Self::ScanForward if is_loaded => PlayerCommand::Scan(ScanDirection::Forward),
            Self::Slower => PlayerCommand::Slower,
            Self::Faster => PlayerCommand::Faster,
            Self::NormalSpeed => PlayerCommand::Speed(1.0),
            Self::SkipSilence => PlayerCommand::ToggleSkipSilence,
            Self::Boost => PlayerCommand::ToggleBoost,
            Self::SelectFromHere if is_loaded => PlayerCommand::SelectFromHere,
            Self::SelectToHere if is_loaded => PlayerCommand::SelectToHere,
            Self::LoopSelection if has_selection => PlayerCommand::ToggleLoop,
            Self::ClearSelection if has_selection => PlayerCommand::ClearSelection,
            Self::Mute => PlayerCommand::ToggleMute,
            _ => return None,
        };
        Some(command.into())
    }

    fn record(self, state: &State) -> Option<Command> {
        let record = state.record.as_ref()?;
        let part = |part| has_part(record, part).then(|| RecordCommand::CopyPart(part).into());
        let reading = record.reading();
        let document = |format| reading.is_some().then(|| ExportCommand::Document(format).into());
        match self {
            Self::CopySubjective => part(SoapPart::Subjective),
            Self::CopyObjective => part(SoapPart::Objective),
            Self::CopyAssessment => part(SoapPart::Assessment),
            Self::CopyPlan => part(SoapPart::Plan),
            Self::CopyNote => reading?.soap.is_some().then(|| RecordCommand::CopyNote.into()),
            Self::CopyTranscript => reading?.transcript.is_some().then(|| RecordCommand::CopyTranscript.into()),
            Self::ExportRecording => record.key.record_id().map(|_| ExportCommand::Recording.into()),
            Self::ExportClip => {
                let is_selected = state.player.holds(&record.key) && state.player.selection.is_some();
                (is_selected && record.consultation.is_some()).then(|| ExportCommand::Clip.into())
            }
            Self::ExportText => document(DocumentFormat::Text),
            Self::ExportMarkdown => document(DocumentFormat::Markdown),
            Self::ExportPdf => document(DocumentFormat::Pdf),
            Self::Print => reading.is_some().then(|| ExportCommand::Print { has_transcript: false }.into()),
            Self::PrintAll => reading.is_some().then(|| ExportCommand::Print { has_transcript: true }.into()),
            _ => None,
        }
    }
}

/// What lies on top goes first: a dialog, then finding, then a selection, then the open consultation.
fn close(state: &State) -> Option<Command> {
    if state.dialog.is_some() {
        return Some(WindowCommand::CloseDialog.into());
    }
    if state.route != Route::Consultations {
        return Some(WindowCommand::Go(Route::Consultations).into());
    }
    let record = state.record.as_ref()?;
    let has_selection = state.player.holds(&record.key) && state.player.selection.is_some();
    if state.search.led_to(record) && !has_selection {
        return Some(SearchCommand::Show.into());
    }
    Some(match record.find {
        Some(_) => FindCommand::Close.into(),
        None if has_selection => PlayerCommand::ClearSelection.into(),
        None => RecordCommand::Close.into(),
    })
}

fn can_play_open(state: &State) -> bool {
    state.record.as_ref().is_some_and(|record| {
        let is_missing = matches!(record.recording, RecordingState::Failed(_));
        record.key.record_id().is_some() && (!is_missing || !state.connection.is_offline())
    })
}

fn has_part(record: &OpenRecord, part: SoapPart) -> bool {
    record.reading().and_then(|reading| reading.soap.as_ref()).is_some_and(|soap| soap.part(part).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ConsultationKey;
    use crate::state::{PlayerStatus, Selection};
    use crate::ui::samples;

    #[test]
    fn what_cannot_be_done_now_is_grey() {
        let signed_out = samples::signed_out();
        let view = samples::view(&signed_out);
        assert_eq!(Action::Refresh.resolve(&view), None);
        assert_eq!(Action::ZoomIn.resolve(&view), Some(SettingsCommand::ZoomIn.into()));
        let desk = samples::desk();
        let view = samples::view(&desk);
        assert_eq!(Action::CopyNote.resolve(&view), None, "nothing is open");
        assert_eq!(Action::Back5.resolve(&view), None, "nothing is loaded");
        assert_eq!(Action::Refresh.resolve(&view), Some(ListCommand::Refresh.into()));
        for action in [Action::ScanBack, Action::SelectFromHere, Action::LoopSelection, Action::ExportClip] {
            assert_eq!(action.resolve(&view), None, "{action:?}: nothing is loaded");
        }
        assert_eq!(Action::Faster.resolve(&view), Some(PlayerCommand::Faster.into()), "the speed is set beforehand");
    }

    #[test]
    fn an_open_note_can_be_copied_by_parts() {
        let desk = samples::desk_with_open_record();
        let view = samples::view(&desk);
        assert_eq!(Action::CopyPlan.resolve(&view), Some(RecordCommand::CopyPart(SoapPart::Plan).into()));
        assert_eq!(Action::CopyNote.resolve(&view), Some(RecordCommand::CopyNote.into()));
        assert_eq!(Action::ExportRecording.resolve(&view), Some(ExportCommand::Recording.into()));
        assert_eq!(Action::PlayPause.resolve(&view), Some(PlayerCommand::Toggle.into()));
    }

    #[test]
    fn escape_closes_what_lies_on_top() {
        let mut desk = samples::desk_with_open_record();
        desk.handle(FindCommand::Open.into(), samples::now());
        desk.player.key = Some(ConsultationKey::record("r1"));
        desk.player.selection = Selection::between(1_000, 2_000);
        desk.player.status = PlayerStatus::Paused;
        desk.handle(WindowCommand::Show(Dialog::About).into(), samples::now());
        let mut closed = Vec::new();
        while let Some(command) = Action::Close.resolve(&samples::view(&desk)) {
            closed.push(command.clone());
            desk.handle(command, samples::now());
        }
        let wanted: [Command; 4] = [
            WindowCommand::CloseDialog.into(),
            FindCommand::Close.into(),
            PlayerCommand::ClearSelection.into(),
            RecordCommand::Close.into(),
        ];
        assert_eq!(closed, wanted);
    }
}
