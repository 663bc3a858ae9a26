//! Reads an answer's body up to a limit that counts decoded bytes, so that a small download cannot fill the memory.
//! It tells a web page from an answer; what the answer says is read elsewhere.

use super::error::Error;
use super::trouble;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

/// Most decoded bytes of one kind of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(usize);

impl Limit {
    pub(crate) const IDENTITY: Self = Self(64 << 10);
    pub(crate) const LIST: Self = Self(4 << 20);
    pub(crate) const DETAIL: Self = Self(16 << 20);
}

/// The body as text. Bytes that are no text become the replacement sign and cost only the field they stand in.
pub(crate) async fn read_text(mut response: Response, limit: Limit) -> Result<String, Error> {
    if is_web_page(&response) {
        return Err(Error::NotNxvet);
    }
    let announced = response.content_length().unwrap_or(0);
    if announced > limit.0 as u64 {
        return Err(Error::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble::of_network(&error))? {
        if bytes.len() + chunk.len() > limit.0 {
            return Err(Error::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    as_answer(bytes)
}

fn as_answer(bytes: Vec<u8>) -> Result<String, Error> {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.starts_with('<') {
        return Err(Error::NotNxvet);
    }
    Ok(if trimmed.len() == text.len() { text } else { trimmed.to_owned() })
}

pub(crate) fn is_web_page(response: &Response) -> bool {
    is_type(response, "text/html") || is_type(response, "application/xhtml")
}

/// Whether the content type begins with this, whatever its case.
pub(crate) fn is_type(response: &Response, start: &str) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.trim().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_recognised_by_its_first_sign() {
        assert_eq!(as_answer(b"\n <!DOCTYPE html>".to_vec()), Err(Error::NotNxvet));
        assert_eq!(as_answer(b"\xef\xbb\xbf[1]\n".to_vec()), Ok("[1]".to_owned()));
        assert_eq!(as_answer(b"[\"\xff\"]".to_vec()), Ok("[\"\u{fffd}\"]".to_owned()));
    }
}
