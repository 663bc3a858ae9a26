//! Marks as a person reads and hears them, the same in the list and beside the open consultation.
//! They always say that they are this computer's own.

use super::format::as_of;
use super::theme::icons;
use crate::domain::{Mark, Marks, Zone};
use chrono::{DateTime, Utc};

pub fn icon(mark: Mark) -> &'static str {
    match mark {
        Mark::Reviewed => icons::CHECK,
        Mark::Copied => icons::COPY,
        Mark::FollowUp => icons::FLAG,
    }
}

/// `Copied 13:50`, `Follow up since Sat 21 Nov, 16:30`; nothing when the mark is not set.
pub fn told(marks: &Marks, mark: Mark, now: DateTime<Utc>, zone: Zone) -> Option<String> {
    let at = as_of(marks.get(mark)?, now, zone);
    Some(match mark {
        Mark::FollowUp => format!("Follow up since {at}"),
        other => format!("{} {at}", other.words()),
    })
}

/// Everything that is noted, a line each.
pub fn tooltip(marks: &Marks, now: DateTime<Utc>, zone: Zone) -> String {
    let mut lines: Vec<String> = Mark::ALL.into_iter().filter_map(|mark| told(marks, mark, now, zone)).collect();
    if !marks.remark.is_empty() {
        lines.push(format!("Remark: {}", marks.remark));
    }
    lines.push("Noted on this computer only".to_owned());
    lines.join("\n")
}

/// For a screen reader: `Reviewed`, `Follow up`, `with a remark`.
pub fn spoken(marks: &Marks) -> Vec<&'static str> {
    let set = Mark::ALL.into_iter().filter(|mark| marks.get(*mark).is_some());
    let remark = (!marks.remark.is_empty()).then_some("with a remark");
    set.map(Mark::words).chain(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples::now;
    use chrono::TimeDelta;

    #[test]
    fn marks_say_when_and_where() {
        let marks = Marks {
            copied: Some(now() - TimeDelta::minutes(12)),
            follow_up: Some(now() - TimeDelta::days(1)),
            remark: "Ring the owner".to_owned(),
            ..Marks::default()
        };
        assert_eq!(
            tooltip(&marks, now(), Zone::utc()),
            "Copied 13:50\nFollow up since Sat 21 Nov, 14:02\nRemark: Ring the owner\nNoted on this computer only"
        );
        assert_eq!(spoken(&marks), ["Copied", "Follow up", "with a remark"]);
        assert!(spoken(&Marks::default()).is_empty());
    }
}
