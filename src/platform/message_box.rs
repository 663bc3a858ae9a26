//! The last words of a desk that cannot open its window: a plain box of the system, else a line on the terminal.
//! For everything else there is the window itself.

use std::io::Write as _;

/// Shows the message and returns when it was read, or at once where nothing can show it.
pub fn show_last_words(title: &str, text: &str) {
    let title = title.replace('\0', "");
    let text = text.replace('\0', "");
    // The terminal gets the words in any case: a support person reads them there.
    writeln!(std::io::stderr().lock(), "{title}\n{text}").ok();
    show_box(&title, &text);
}

#[cfg(not(target_os = "linux"))]
fn show_box(title: &str, text: &str) {
    let dialog = rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error);
    dialog.set_title(title).set_description(text).set_buttons(rfd::MessageButtons::Ok).show();
}

/// Linux has no box of its own; the usual desktops bring one of these programs.
#[cfg(target_os = "linux")]
fn show_box(title: &str, text: &str) {
    let has_screen =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    if has_screen {
        candidates(title, text).into_iter().any(|(program, arguments)| was_shown(program, &arguments));
    }
}

#[cfg(target_os = "linux")]
fn candidates(title: &str, text: &str) -> [(&'static str, Vec<String>); 3] {
    let zenity = vec![
        "--error".to_owned(),
        "--no-markup".to_owned(),
        "--width=420".to_owned(),
        format!("--title={title}"),
        format!("--text={text}"),
    ];
    let kdialog = vec![format!("--title={title}"), format!("--error={text}")];
    let xmessage = vec!["-center".to_owned(), format!("{title}\n\n{text}")];
    [("zenity", zenity), ("kdialog", kdialog), ("xmessage", xmessage)]
}

/// Exit codes 0 and 1 are a closed box; anything else means that there was none.
#[cfg(target_os = "linux")]
fn was_shown(program: &str, arguments: &[String]) -> bool {
    use std::process::{Command, Stdio};
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| matches!(status.code(), Some(0 | 1)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_one_argument_and_never_an_option() {
        for (program, arguments) in candidates("Consult Desk", "--help; rm -rf ~") {
            let holders = arguments.iter().filter(|argument| argument.contains("rm -rf")).count();
            assert_eq!(holders, 1, "{program}");
            assert!(arguments.iter().all(|argument| argument != "--help; rm -rf ~"), "{program}");
        }
    }

    #[test]
    fn a_missing_program_shows_nothing() {
        assert!(!was_shown("no-such-program-here", &[]));
    }
}
