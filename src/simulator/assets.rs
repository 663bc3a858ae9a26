//! The embedded sample clinic: its papers and its compressed recordings.
//!
//! Only a list; `clinic` reads it. A new recording needs one line here.

/// Who works where, which animals came, what was said.
pub(super) const CLINIC: &str = include_str!("../../assets/demo/clinic.json");

/// What pending consultations will say once the vendor has worked on them.
pub(super) const LATER: &str = include_str!("../../assets/demo/later.json");

/// Opus, mono, of 16 kHz, by the names the clinic's papers use.
const RECORDINGS: &[(&str, &[u8])] = &[
    ("c01.opus", include_bytes!("../../assets/demo/audio/c01.opus")),
    ("c04.opus", include_bytes!("../../assets/demo/audio/c04.opus")),
    ("c09.opus", include_bytes!("../../assets/demo/audio/c09.opus")),
    ("c22.opus", include_bytes!("../../assets/demo/audio/c22.opus")),
    ("c29.opus", include_bytes!("../../assets/demo/audio/c29.opus")),
    ("c43.opus", include_bytes!("../../assets/demo/audio/c43.opus")),
    ("c46.opus", include_bytes!("../../assets/demo/audio/c46.opus")),
];

/// The recording of that name, if it is embedded.
pub(super) fn recording(name: &str) -> Option<&'static [u8]> {
    RECORDINGS.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_the_papers_name_is_embedded_and_every_embedded_one_is_named() {
        let papers: serde_json::Value = serde_json::from_str(CLINIC).unwrap();
        let consultations = papers["consultations"].as_array().unwrap();
        let named: Vec<&str> = consultations.iter().filter_map(|paper| paper["recording"].as_str()).collect();
        let embedded: Vec<&str> = RECORDINGS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, embedded);
    }
}
