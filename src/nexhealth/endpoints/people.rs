//! Names of patients, for appointments that tell only a number. Nothing else of a patient is read.

use crate::nexhealth::client::Client;
use crate::nexhealth::error::Error;
use crate::nexhealth::{envelope, wire};

impl Client {
    /// `None` when NexHealth has the patient no longer, or no name of it.
    pub async fn patient_name(&self, id: i64) -> Result<Option<String>, Error> {
        let subdomain = self.practice().subdomain.as_str();
        let url = self.address(&["patients", &id.to_string()], &[("subdomain", subdomain)])?;
        let read = |text: &str| Ok(wire::person(&envelope::object(text, &["patient", "user"])?));
        match self.ask(url, read).await {
            Err(Error::NotFound) => Ok(None),
            answer => answer,
        }
    }
}
