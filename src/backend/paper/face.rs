//! The bundled typeface on paper: which letter is which drawing, and how wide. Letters that it lacks are an empty box.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish as _, Name, Pdf, Rect, Ref, Str};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider as _};
use std::collections::BTreeMap;

static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
static STRONG: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Strong,
}

pub(super) struct Faces {
    regular: Face,
    strong: Face,
}

struct Face {
    bytes: &'static [u8],
    name: &'static str,
    font: FontRef<'static>,
    letters: Charmap<'static>,
    widths: GlyphMetrics<'static>,
    units: f32,
    /// The drawings that stand on some sheet, with their letters.
    used: BTreeMap<u16, char>,
}

/// How the letters are numbered; any pair of words will do.
const NUMBERING: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

impl Faces {
    pub(super) fn new() -> Option<Self> {
        let regular = Face::new(REGULAR, "Inter-Regular")?;
        Some(Self { regular, strong: Face::new(STRONG, "Inter-SemiBold")? })
    }

    /// In the size 1.
    pub(super) fn width(&self, weight: Weight, text: &str) -> f32 {
        let face = self.face(weight);
        text.chars().map(|letter| face.advance(face.glyph(letter))).sum()
    }

    /// The letters as they are shown on a sheet.
    pub(super) fn encode(&mut self, weight: Weight, text: &str) -> Vec<u8> {
        let face = match weight {
            Weight::Regular => &mut self.regular,
            Weight::Strong => &mut self.strong,
        };
        text.chars().flat_map(|letter| face.take(letter).to_be_bytes()).collect()
    }

    /// Whether some letter would be an empty box.
    pub(super) fn lacks(&self, weight: Weight, text: &str) -> bool {
        let face = self.face(weight);
        text.chars().any(|letter| face.glyph(letter) == 0)
    }

    /// Both, with their five parts each. `first` and what follows must be free.
    pub(super) fn write(&self, pdf: &mut Pdf, first: i32) {
        self.regular.write(pdf, first);
        self.strong.write(pdf, first + PARTS);
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Strong => &self.strong,
        }
    }
}

/// Objects that one face is written as.
pub(super) const PARTS: i32 = 5;

impl Face {
    fn new(bytes: &'static [u8], name: &'static str) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let (letters, place) = (font.charmap(), LocationRef::default());
        let widths = font.glyph_metrics(Size::unscaled(), place);
        let units = f32::from(font.metrics(Size::unscaled(), place).units_per_em).max(1.0);
        Some(Self { bytes, name, font, letters, widths, units, used: BTreeMap::new() })
    }

    /// 0 is the empty box. What has no shape takes no room.
    fn glyph(&self, letter: char) -> u16 {
        let shown = if letter.is_whitespace() { ' ' } else { letter };
        self.letters.map(shown).and_then(|glyph| u16::try_from(glyph.to_u32()).ok()).unwrap_or(0)
    }

    fn advance(&self, glyph: u16) -> f32 {
        self.widths.advance_width(glyph.into()).unwrap_or_default() / self.units
    }

    fn take(&mut self, letter: char) -> u16 {
        let glyph = self.glyph(letter);
        self.used.entry(glyph).or_insert(letter);
        glyph
    }

    fn write(&self, pdf: &mut Pdf, first: i32) {
        let [font, descendant, descriptor, letters, file] = [0, 1, 2, 3, 4].map(|part| Ref::new(first + part));
        let name = Name(self.name.as_bytes());
        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(letters);
        let mut cid = pdf.cid_font(descendant);
        cid.subtype(CidFontType::Type0).base_font(name).system_info(NUMBERING).font_descriptor(descriptor);
        let mut widths = cid.widths();
        for glyph in self.used.keys() {
            widths.same(*glyph, *glyph, self.advance(*glyph) * 1_000.0);
        }
        widths.finish();
        cid.finish();
        self.describe(pdf, descriptor, file);
        let mut map = UnicodeCmap::new(Name(b"Letters"), NUMBERING);
        self.used.iter().filter(|(glyph, _)| **glyph != 0).for_each(|(glyph, letter)| map.pair(*glyph, *letter));
        pdf.cmap(letters, &map.finish());
        pdf.stream(file, self.bytes).pair(Name(b"Subtype"), Name(b"OpenType"));
    }

    fn describe(&self, pdf: &mut Pdf, descriptor: Ref, file: Ref) {
        let metrics = self.font.metrics(Size::unscaled(), LocationRef::default());
        let scaled = |units: f32| units / self.units * 1_000.0;
        let bounds = metrics.bounds.unwrap_or_default();
        let frame = Rect::new(scaled(bounds.x_min), scaled(bounds.y_min), scaled(bounds.x_max), scaled(bounds.y_max));
        pdf.font_descriptor(descriptor)
            .name(Name(self.name.as_bytes()))
            .flags(FontFlags::NON_SYMBOLIC)
            .bbox(frame)
            .italic_angle(0.0)
            .ascent(scaled(metrics.ascent))
            .descent(scaled(metrics.descent))
            .cap_height(scaled(metrics.cap_height.unwrap_or(metrics.ascent)))
            .stem_v(90.0)
            .font_file3(file);
    }
}
