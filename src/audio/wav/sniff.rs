//! Names what a file is when it is not a WAV recording.
//!
//! A server that answers with a log-in page or an error text, and a recording saved under the
//! wrong ending, are the common cases; "not a WAV file" alone would not help anybody on the
//! telephone. It does not try to be complete and decides nothing about playing.

/// Leading bytes and what they mean, with its article.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"FORM", "an AIFF file"),
    (b"caff", "an Apple audio file"),
    (b"#!AMR", "an AMR voice file"),
    (b"wvpk", "a WavPack file"),
    (b"\x1a\x45\xdf\xa3", "a WebM or Matroska file"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "another kind of RIFF file"),
];

/// Says what the first bytes of a file look like, with its article.
pub(super) fn describe(head: &[u8]) -> &'static str {
    if head.is_empty() {
        return "an empty file";
    }
    if let Some((_, name)) = SIGNATURES.iter().find(|(start, _)| head.starts_with(start)) {
        return name;
    }
    if head.get(4..8) == Some(b"ftyp") {
        return "an MP4 or M4A file";
    }
    if is_mpeg_frame(head) {
        return "an MP3 file";
    }
    if head.iter().all(|&b| b == 0) {
        return "a wiped or unfinished file";
    }
    describe_text(head).unwrap_or("a file of an unknown kind")
}

/// An MPEG audio frame starts with eleven set bits and a layer that is not reserved.
fn is_mpeg_frame(head: &[u8]) -> bool {
    matches!(head, [0xff, second, third, ..]
        if second & 0xe0 == 0xe0 && second & 0x06 != 0 && third & 0xf0 != 0xf0)
}

fn describe_text(head: &[u8]) -> Option<&'static str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The look may end inside a character; what stands before it is still text.
        Err(e) if e.error_len().is_none() => std::str::from_utf8(head.get(..e.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return None;
    }
    let start = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).to_ascii_lowercase();
    Some(if start.starts_with("<!doctype") || start.starts_with("<html") {
        "a web page"
    } else if start.starts_with("<?xml") || start.starts_with("<error") {
        "an error message from the server"
    } else if start.starts_with('{') || start.starts_with('[') {
        "a data message (JSON)"
    } else {
        "a text file"
    })
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn names_what_people_meet() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "an empty file"),
            (b"\xff\xfbP\x04\0\0", "an MP3 file"),
            (b"ID3\x04", "an MP3 file"),
            (b"\n <!DOCTYPE html><html>", "a web page"),
            (b"<?xml version='1.0'?><Error>", "an error message from the server"),
            (b"{\"message\":\"no\"}", "a data message (JSON)"),
            ("Grüße é".as_bytes(), "a text file"),
            ("Grüß\u{df}".as_bytes().split_last().unwrap().1, "a text file"),
            (b"\0\0\0\x20ftypM4A ", "an MP4 or M4A file"),
            (b"RIFF\0\0\0\0AVI ", "another kind of RIFF file"),
            (&[0; 12], "a wiped or unfinished file"),
            (b"\x12\x00\xf3\x80\x99", "a file of an unknown kind"),
        ];
        for (head, name) in cases {
            assert_eq!(describe(head), *name, "{head:?}");
        }
    }
}
