//! Lines onto sheets, and the sheets into one file.

use super::TITLE;
use super::face::{Faces, PARTS, Weight};
use super::flow::{Line, Piece, Style};
use crate::domain::Manner;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, TextStr};

/// One sheet, in points of 1/72 inch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sheet {
    width: f32,
    height: f32,
}

const MARGIN: f32 = 56.0;
const FOOT_SIZE: f32 = 8.0;
/// Between the matter and the foot.
const FOOT_GAP: f32 = 22.0;
const GREY: f32 = 0.38;

const CATALOG: i32 = 1;
const TREE: i32 = 2;
const INFO: i32 = 3;
const FACES: i32 = 4;
const FIRST_SHEET: i32 = FACES + 2 * PARTS;

impl Sheet {
    /// Where people write as in North America, their printers hold Letter.
    pub(super) fn for_manner(manner: Manner) -> Self {
        if manner.month_first && manner.twelve_hours {
            Self { width: 612.0, height: 792.0 }
        } else {
            Self { width: 595.0, height: 842.0 }
        }
    }

    /// Of its lines.
    pub(super) fn width(self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    fn room(self) -> f32 {
        self.height - 2.0 * MARGIN - FOOT_GAP
    }
}

pub(super) fn write(faces: &mut Faces, lines: &[Line], sheet: Sheet, foot: &str) -> Vec<u8> {
    let sheets = sheets(lines, sheet.room());
    let contents: Vec<_> = (1..)
        .zip(&sheets)
        .map(|(number, lines)| {
            let foot = format!("{foot} · Page {number} of {}", sheets.len());
            draw(faces, lines, sheet, &foot)
        })
        .collect();
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    let tree = Ref::new(TREE);
    pdf.catalog(Ref::new(CATALOG)).pages(tree).lang(TextStr("en"));
    pdf.document_info(Ref::new(INFO)).title(TextStr(TITLE)).creator(TextStr("Consult Desk"));
    let page = |index: usize| Ref::new(FIRST_SHEET + 2 * index as i32);
    pdf.pages(tree).kids((0..contents.len()).map(page)).count(contents.len() as i32);
    for (index, content) in contents.iter().enumerate() {
        let body = Ref::new(page(index).get() + 1);
        let mut one = pdf.page(page(index));
        one.parent(tree).media_box(Rect::new(0.0, 0.0, sheet.width, sheet.height)).contents(body);
        let mut resources = one.resources();
        resources
            .fonts()
            .pair(name(Weight::Regular), Ref::new(FACES))
            .pair(name(Weight::Strong), Ref::new(FACES + PARTS));
        resources.finish();
        one.finish();
        pdf.stream(body, content);
    }
    faces.write(&mut pdf, FACES);
    pdf.finish()
}

fn name(weight: Weight) -> Name<'static> {
    match weight {
        Weight::Regular => Name(b"R"),
        Weight::Strong => Name(b"S"),
    }
}

/// Which lines stand on which sheet. A heading moves on with what it heads.
fn sheets(lines: &[Line], room: f32) -> Vec<&[Line]> {
    let mut sheets = Vec::new();
    let mut rest = lines;
    while !rest.is_empty() {
        let mut used = 0.0;
        let fitting = rest.iter().take_while(|line| {
            used += line.height();
            used <= room
        });
        let mut count = fitting.count().max(1);
        if count < rest.len() {
            while count > 1 && rest.get(count - 1).is_some_and(|line| line.keeps_next) {
                count -= 1;
            }
        }
        let (sheet, further) = rest.split_at(count);
        sheets.push(sheet);
        rest = further;
    }
    sheets
}

fn draw(faces: &mut Faces, lines: &[Line], sheet: Sheet, foot: &str) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    let mut top = sheet.height - MARGIN;
    for line in lines {
        top -= line.height();
        let grey = if line.style == Style::Quiet { GREY } else { 0.0 };
        let base = top + line.style.size() * 0.3;
        show(faces, &mut content, &line.pieces, (line.style.size(), grey), (MARGIN, base));
    }
    show(faces, &mut content, &[Piece::plain(foot)], (FOOT_SIZE, GREY), (MARGIN, MARGIN - FOOT_SIZE));
    content.end_text();
    content.finish().into_vec()
}

fn show(faces: &mut Faces, content: &mut Content, pieces: &[Piece], (size, grey): (f32, f32), (x, y): (f32, f32)) {
    content.set_fill_gray(grey);
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
    for piece in pieces {
        let letters = faces.encode(piece.weight, &piece.text);
        content.set_font(name(piece.weight), size).show(pdf_writer::Str(&letters));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(style: Style, keeps_next: bool) -> Line {
        Line { pieces: vec![Piece::plain("x")], style, above: 0.0, keeps_next }
    }

    #[test]
    fn a_heading_is_never_the_last_line_of_a_sheet() {
        let text = line(Style::Text, false);
        let room = text.height() * 3.5;
        let mut lines = vec![text; 8];
        *lines.get_mut(2).expect("a line") = line(Style::Part, true);
        let counts: Vec<usize> = sheets(&lines, room).iter().map(|sheet| sheet.len()).collect();
        assert_eq!(counts, [2, 3, 3]);
        assert_eq!(counts.iter().sum::<usize>(), lines.len());
        let headings = vec![line(Style::Part, true); 9];
        assert_eq!(sheets(&headings, room).iter().map(|sheet| sheet.len()).sum::<usize>(), 9, "and none is lost");
    }

    #[test]
    fn north_america_has_its_own_sheets() {
        let american = Manner { twelve_hours: true, month_first: true };
        assert_eq!(Sheet::for_manner(american), Sheet { width: 612.0, height: 792.0 });
        assert_eq!(Sheet::for_manner(Manner::default()), Sheet { width: 595.0, height: 842.0 });
    }
}
