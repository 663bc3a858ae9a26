//! The documented endpoints: who may ask, what they answer, and the statuses of refusal.
//!
//! Faults are not known here, except as the tweaks `server` passes on.

use bytes::Bytes;

use super::{
    Personality,
    faults::Route,
    hooks::{self, Admission, routes::Page},
    listing,
    query::{Query, decode},
    range::{self, Habits, Start, Tagged, Wanted},
    record::{Record, Sound},
    reply::Reply,
    shared::Shared,
    sound,
    wire::Pen,
    world::{ORGANIZATION_ID, World},
};

/// A request, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    /// NexHealth's way to name a version.
    pub api_version: Option<String>,
    pub accept: Option<String>,
    pub wanted: Wanted,
    pub body: Bytes,
}

/// What a fault changes about the making of an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tweaks {
    pub page_limit: Option<usize>,
    pub ignores_range: bool,
    pub start: Start,
}

/// A path taken apart.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    AuthMe,
    IntrospectOrg,
    Devices,
    Labels { organization: String },
    Label { id: String },
    LabelAudio { id: String },
    S3,
    Conversations,
    Conversation { device: String, id: String },
    Hooks { organization: String, page: Page },
    Signed { id: String },
    Nothing,
}

fn target(path: &str) -> Target {
    let parts: Vec<String> = path.trim_matches('/').split('/').map(|part| decode(&part.replace('+', "%2B"))).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["api", "auth", "me"] => Target::AuthMe,
        ["api", "auth", "introspect-org"] => Target::IntrospectOrg,
        ["api", "devices"] => Target::Devices,
        ["api", "organizations", organization, "labels"] => Target::Labels { organization: (*organization).to_owned() },
        ["api", "labels", id] => Target::Label { id: (*id).to_owned() },
        ["api", "labels", id, "audio"] => Target::LabelAudio { id: (*id).to_owned() },
        ["api", "s3-file", "download"] => Target::S3,
        ["api", "nxhub", "conversations"] => Target::Conversations,
        ["api", "nxhub", "conversations", device, id] => {
            Target::Conversation { device: (*device).to_owned(), id: (*id).to_owned() }
        }
        ["api", "organizations", organization, "webhooks", rest @ ..] => match Page::of(rest) {
            Some(page) => Target::Hooks { organization: (*organization).to_owned(), page },
            None => Target::Nothing,
        },
        ["signed", file] => match file.strip_suffix(".wav") {
            Some(id) => Target::Signed { id: id.to_owned() },
            None => Target::Nothing,
        },
        _ => Target::Nothing,
    }
}

impl Target {
    fn allows(&self, method: &str) -> bool {
        if let Self::Hooks { page, .. } = self { page.allows(method) } else { method == "GET" }
    }

    /// The scope a key needs for it, if any.
    fn scope(&self, method: &str) -> Option<&'static str> {
        match self {
            Self::AuthMe | Self::IntrospectOrg => Some("auth:introspect-org"),
            Self::Devices => Some("devices:read"),
            Self::Hooks { .. } if method != "GET" => Some("organizations:write"),
            Self::Nothing | Self::Signed { .. } => None,
            _ => Some("organizations:read"),
        }
    }
}

/// The family of a path, for faults and counts.
pub(super) fn route(path: &str) -> Route {
    match target(path) {
        Target::AuthMe | Target::IntrospectOrg => Route::Identity,
        Target::Devices => Route::Devices,
        Target::Labels { .. } => Route::List,
        Target::Label { .. } => Route::Detail,
        Target::LabelAudio { .. } | Target::S3 => Route::Audio,
        Target::Conversations | Target::Conversation { .. } => Route::Conversations,
        Target::Hooks { .. } => Route::Webhooks,
        Target::Signed { .. } => Route::Signed,
        Target::Nothing => Route::Unknown,
    }
}

/// The honest answer.
pub(super) async fn answer(shared: &Shared, asked: &Asked, tweaks: Tweaks) -> Reply {
    let target = target(&asked.path);
    if let Some(reply) = refusal(shared, asked, &target) {
        return reply;
    }
    let query = Query::parse(&asked.query);
    match target {
        Target::Signed { id } => signed_audio(shared, &id, &query, asked, tweaks).await,
        Target::Hooks { organization, page } if organization == ORGANIZATION_ID => {
            hooks::routes::answer(shared, &page, asked).unwrap_or_else(|| not_found(shared))
        }
        Target::LabelAudio { id } if shared.personality == Personality::Production => {
            audio(shared, &id, asked, tweaks).await
        }
        Target::S3 if shared.personality == Personality::Docs => match s3_record(&query) {
            Some(id) => audio(shared, &id, asked, tweaks).await,
            None => not_found(shared),
        },
        other => on_paper(shared, &other, &query, tweaks).unwrap_or_else(|| not_found(shared)),
    }
}

/// 405, 401 and 403, in this order.
fn refusal(shared: &Shared, asked: &Asked, target: &Target) -> Option<Reply> {
    if !target.allows(&asked.method) {
        return Some(Reply::error(405, "Method not allowed", shared.is_production()));
    }
    if matches!(target, Target::Signed { .. }) {
        return None;
    }
    let access = shared.access();
    if !access.admits(asked.authorization.as_deref()) {
        // Production sends no body at all here; the quickstart promises none either.
        let mut reply = Reply::new(401, "text/plain", Bytes::new());
        reply.set("www-authenticate", "Bearer");
        return Some(reply);
    }
    let scope = target.scope(&asked.method)?;
    let lacking = || Reply::error(403, "The key lacks a scope for this", shared.is_production());
    (!access.has_scope(scope)).then(lacking)
}

fn not_found(shared: &Shared) -> Reply {
    Reply::error(404, "Not found", shared.is_production())
}

/// Everything that is JSON; `None` is 404.
fn on_paper(shared: &Shared, target: &Target, query: &Query, tweaks: Tweaks) -> Option<Reply> {
    let world = shared.world();
    let pen = Pen { world: &world, personality: shared.personality, now: shared.now() };
    let is_docs = shared.personality == Personality::Docs;
    let own = |organization: Option<&str>| organization == Some(ORGANIZATION_ID);
    match target {
        Target::AuthMe if !is_docs => Some(Reply::json(&pen.identity())),
        Target::IntrospectOrg if is_docs => Some(Reply::json(&pen.identity())),
        Target::Devices if own(query.first("organizationId")) => Some(Reply::json(&pen.devices())),
        Target::Labels { organization } if own(Some(organization)) => {
            Some(listing::labels(&pen, query, tweaks.page_limit))
        }
        Target::Label { id } => world.find(id).map(|record| Reply::json(&pen.detail(record))),
        Target::Conversations if own(query.first("organizationId")) => {
            Some(listing::conversations(&pen, query, tweaks.page_limit))
        }
        Target::Conversation { device, id } => {
            let known = world.conversations.iter().find(|known| known.id == *id && known.device_id == *device);
            known.map(|conversation| Reply::json(&pen.conversation(conversation)))
        }
        _ => None,
    }
}

/// The record a storage path names.
fn s3_record(query: &Query) -> Option<String> {
    if query.first("bucketName") != Some("nxvet-audio-recording-uploads") {
        return None;
    }
    let key = query.first("key")?.strip_prefix("uploads/")?;
    let id = key.strip_prefix(ORGANIZATION_ID)?.strip_prefix('/')?.strip_suffix(".wav")?;
    Some(id.to_owned())
}

/// A storage service takes its own proof or a key, never both.
async fn signed_audio(shared: &Shared, id: &str, query: &Query, asked: &Asked, tweaks: Tweaks) -> Reply {
    let says = |status: u16, code: &str| {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code></Error>");
        Reply::new(status, "application/xml", text)
    };
    if asked.authorization.is_some() {
        return says(400, "InvalidArgument");
    }
    match shared.signed_urls.judge(id, query, shared.now().timestamp()) {
        Admission::Welcome => audio(shared, id, asked, tweaks).await,
        Admission::Expired | Admission::Forged => says(403, "AccessDenied"),
    }
}

async fn audio(shared: &Shared, id: &str, asked: &Asked, tweaks: Tweaks) -> Reply {
    let Some(bytes) = recording(shared, id).await else { return not_found(shared) };
    let habits = Habits {
        accepts_ranges: shared.accepts_ranges && !tweaks.ignores_range,
        shows_etag: shared.shows_etag(),
        start: tweaks.start,
    };
    let mut reply = range::answer(&bytes, &asked.wanted, habits);
    reply.rate = shared.audio_rate;
    reply
}

/// Decoding, reading and tagging may take a while, so another thread does it, once for each recording.
async fn recording(shared: &Shared, id: &str) -> Option<Tagged> {
    if let Some(bytes) = shared.kept_sound(id) {
        return Some(bytes);
    }
    let sound = find_sound(&shared.world(), id)?;
    let made = move || sound::wav_bytes(&sound).map(Tagged::new);
    let bytes = tokio::task::spawn_blocking(made).await.ok()??;
    shared.keep_sound(id, bytes.clone());
    Some(bytes)
}

fn find_sound(world: &World, id: &str) -> Option<Sound> {
    world.find(id).map(|record: &Record| record.sound.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_and_decoded() {
        assert_eq!(route("/api/auth/me"), Route::Identity);
        assert_eq!(route("/api/organizations/x/labels"), Route::List);
        assert_eq!(route("/api/labels/x/audio"), Route::Audio);
        assert_eq!(route("/api/patients"), Route::Unknown);
        let expected = Target::Conversation { device: "hub/1".to_owned(), id: "a b".to_owned() };
        assert_eq!(target("/api/nxhub/conversations/hub%2F1/a%20b"), expected);
    }

    #[test]
    fn only_the_documented_storage_path_names_a_record() {
        let good = format!("bucketName=nxvet-audio-recording-uploads&key=uploads%2F{ORGANIZATION_ID}%2Fabc.wav");
        assert_eq!(s3_record(&Query::parse(&good)), Some("abc".to_owned()));
        assert_eq!(s3_record(&Query::parse(&good.replace("nxvet-", "other-"))), None);
        assert_eq!(s3_record(&Query::parse(&good.replace("uploads%2F", "elsewhere%2F"))), None);
    }
}
