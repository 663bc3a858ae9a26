//! The flags of `inspect signature`: which files hold the request. A secret comes from a file, never from the line.

use crate::domain::live::Scheme;
use std::path::PathBuf;

/// What is to be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureQuestion {
    /// A file of requests with their verdicts.
    Vectors(PathBuf),
    Request(RequestFiles),
}

/// One request, as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFiles {
    pub scheme: Scheme,
    pub secret: PathBuf,
    pub headers: PathBuf,
    pub body: PathBuf,
    /// Seconds since 1970; `None` is now.
    pub now: Option<i64>,
}

/// The flags as they come.
#[derive(Debug, Default)]
pub(super) struct SignatureFlags {
    scheme: Option<Scheme>,
    secret: Option<PathBuf>,
    headers: Option<PathBuf>,
    body: Option<PathBuf>,
    now: Option<i64>,
    vectors: Option<PathBuf>,
}

impl SignatureFlags {
    pub(super) fn knows(name: &str) -> bool {
        ["scheme", "secret-file", "headers", "body", "now", "vectors"].contains(&name)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let path = || Some(PathBuf::from(value));
        match name {
            "scheme" => self.scheme = Some(Scheme::from_code(value).ok_or("--scheme takes org, partner or nexhealth")?),
            "secret-file" => self.secret = path(),
            "headers" => self.headers = path(),
            "body" => self.body = path(),
            "now" => self.now = Some(value.parse().map_err(|_| "--now takes whole seconds since 1970")?),
            _ => self.vectors = path(),
        }
        Ok(())
    }

    pub(super) fn are_given(&self) -> bool {
        self.vectors.is_some() || self.now.is_some() || self.has_a_request()
    }

    fn has_a_request(&self) -> bool {
        self.scheme.is_some() || self.secret.is_some() || self.headers.is_some() || self.body.is_some()
    }

    pub(super) fn question(self) -> Result<SignatureQuestion, String> {
        let is_mixed = self.has_a_request() || self.now.is_some();
        if let Some(file) = self.vectors {
            return if is_mixed {
                Err("--vectors stands alone: the file says all the rest".to_owned())
            } else {
                Ok(SignatureQuestion::Vectors(file))
            };
        }
        let needs = |flag: &str| format!("inspect signature needs {flag}, or --vectors and a file");
        Ok(SignatureQuestion::Request(RequestFiles {
            scheme: self.scheme.ok_or_else(|| needs("--scheme"))?,
            secret: self.secret.ok_or_else(|| needs("--secret-file"))?,
            headers: self.headers.ok_or_else(|| needs("--headers"))?,
            body: self.body.ok_or_else(|| needs("--body"))?,
            now: self.now,
        }))
    }
}
