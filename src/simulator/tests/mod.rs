//! The simulator met from outside, over a real socket; the cases are in the files beside this one.
//!
//! It uses a plain HTTP client and not the product's, which must not be needed here.

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::*;

mod answers;
mod misfortunes;
mod sources;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-02-20T17:30:00Z").unwrap().with_timezone(&Utc)
}

fn generated(personality: Personality, records: usize) -> Config {
    Config::new(personality, Source::Generated { records, seed: 5 }, now())
}

/// The body as JSON, if it arrived whole and is some.
async fn parse(response: Response) -> Option<Value> {
    serde_json::from_slice(&response.bytes().await.ok()?).ok()
}

/// A client with the key, and the server it talks to.
struct Desk {
    server: SimulatorHandle,
    client: Client,
}

impl Desk {
    async fn open(config: Config) -> Self {
        let server = Simulator::start(config).await.unwrap();
        // A client is not made without one, though the simulator speaks plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = reqwest::redirect::Policy::none();
        Self { server, client: Client::builder().redirect(policy).no_proxy().build().unwrap() }
    }

    async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(self.server.base_url() + path).bearer_auth(self.server.key()).send().await
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.get(path).await.unwrap().status()
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        parse(response).await.unwrap()
    }

    fn list(&self, rest: &str) -> String {
        format!("/api/organizations/{}/labels?{rest}", self.server.organization_id())
    }

    fn s3(&self, id: &str) -> String {
        let organization = self.server.organization_id();
        format!("/api/s3-file/download?bucketName=nxvet-audio-recording-uploads&key=uploads/{organization}/{id}.wav")
    }

    /// All ids by paging forward; asks again when a page does not arrive whole.
    async fn page_to_the_end(&self, limit: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let mut offset = 0;
        for _ in 0..10_000 {
            let path = self.list(&format!("limit={limit}&offset={offset}"));
            let Ok(response) = self.get(&path).await else { continue };
            let Some(Value::Array(rows)) = parse(response).await else { continue };
            if rows.is_empty() {
                return ids;
            }
            offset += rows.len();
            ids.extend(rows.iter().filter_map(|row| row["id"].as_str()).map(str::to_owned));
        }
        panic!("the list has no end");
    }
}
