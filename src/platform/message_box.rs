//! The last words of a desk that cannot open its window, and the question whether to start anew: a plain box of the
//! system, else a line on the terminal. For everything else there is the window itself.

use std::io::Write as _;

/// Shows the message and returns when it was read, or at once where nothing can show it.
pub fn show_last_words(title: &str, text: &str) {
    let (title, text) = said(title, text);
    show_box(&title, &text);
}

/// Asks for a yes or a no. Where nothing can ask, the answer is no: a desk that fails at once must not start over and
/// over by itself.
pub fn ask(title: &str, text: &str) -> bool {
    let (title, text) = said(title, text);
    ask_box(&title, &text)
}

/// The terminal gets the words in any case: a support person reads them there.
fn said(title: &str, text: &str) -> (String, String) {
    let title = title.replace('\0', "");
    let text = text.replace('\0', "");
    writeln!(std::io::stderr().lock(), "{title}\n{text}").ok();
    (title, text)
}

#[cfg(not(target_os = "linux"))]
fn show_box(title: &str, text: &str) {
    let dialog = rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error);
    dialog.set_title(title).set_description(text).set_buttons(rfd::MessageButtons::Ok).show();
}

#[cfg(not(target_os = "linux"))]
fn ask_box(title: &str, text: &str) -> bool {
    let dialog = rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error);
    let dialog = dialog.set_title(title).set_description(text).set_buttons(rfd::MessageButtons::YesNo);
    dialog.show() == rfd::MessageDialogResult::Yes
}

/// Linux has no box of its own; the usual desktops bring one of these programs.
#[cfg(target_os = "linux")]
fn show_box(title: &str, text: &str) {
    first_shown(messages(title, text));
}

#[cfg(target_os = "linux")]
fn ask_box(title: &str, text: &str) -> bool {
    first_shown(questions(title, text)) == Some(0)
}

/// How the box was left that could be shown.
#[cfg(target_os = "linux")]
fn first_shown(candidates: Vec<(&'static str, Vec<String>)>) -> Option<i32> {
    let is_there = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_there);
    has_screen.then_some(())?;
    candidates.into_iter().find_map(|(program, arguments)| shown(program, &arguments))
}

#[cfg(target_os = "linux")]
fn messages(title: &str, text: &str) -> Vec<(&'static str, Vec<String>)> {
    let zenity = zenity("--error", title, text);
    let kdialog = vec![format!("--title={title}"), format!("--error={text}")];
    let xmessage = vec!["-center".to_owned(), format!("{title}\n\n{text}")];
    // No box, but words on the screen; the program says nothing about when they were read.
    let notify = vec!["--urgency=critical".to_owned(), "--".to_owned(), title.to_owned(), text.to_owned()];
    vec![("zenity", zenity), ("kdialog", kdialog), ("xmessage", xmessage), ("notify-send", notify)]
}

#[cfg(target_os = "linux")]
fn questions(title: &str, text: &str) -> Vec<(&'static str, Vec<String>)> {
    let zenity = zenity("--question", title, text);
    let kdialog = vec![format!("--title={title}"), format!("--yesno={text}")];
    let buttons = ["-center", "-buttons", "Yes:0,No:1"].map(str::to_owned);
    let xmessage = buttons.into_iter().chain([format!("{title}\n\n{text}")]).collect();
    vec![("zenity", zenity), ("kdialog", kdialog), ("xmessage", xmessage)]
}

#[cfg(target_os = "linux")]
fn zenity(kind: &str, title: &str, text: &str) -> Vec<String> {
    let fixed = [kind, "--no-markup", "--width=420"].map(str::to_owned);
    fixed.into_iter().chain([format!("--title={title}"), format!("--text={text}")]).collect()
}

/// Exit codes 0 and 1 are a box that was closed; anything else means that there was none.
#[cfg(target_os = "linux")]
fn shown(program: &str, arguments: &[String]) -> Option<i32> {
    use std::process::{Command, Stdio};
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().ok()?.code().filter(|code| matches!(code, 0 | 1))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_one_argument_and_never_an_option() {
        let text = "--help; rm -rf ~";
        for (program, arguments) in messages("Consult Desk", text).into_iter().chain(questions("Consult Desk", text)) {
            let holders = arguments.iter().filter(|argument| argument.contains("rm -rf")).count();
            assert_eq!(holders, 1, "{program}");
            let ends_options = arguments.iter().position(|argument| argument == "--");
            let stands_alone = arguments.iter().position(|argument| argument == text);
            assert!(stands_alone.is_none() || ends_options < stands_alone && ends_options.is_some(), "{program}");
        }
    }

    #[test]
    fn a_missing_program_shows_nothing() {
        assert_eq!(shown("no-such-program-here", &[]), None);
    }

    #[test]
    fn a_yes_is_told_from_a_no_and_from_no_box() {
        let code = |code: &str| shown("sh", &["-c".to_owned(), format!("exit {code}")]);
        assert_eq!((code("0"), code("1"), code("2")), (Some(0), Some(1), None));
    }
}
