//! The exact words to type for each way of leading a public address to the receiver.
//! Pure texts: the receiver's port and path and the public name go in, instructions come out.

use super::setup::Way;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What to do, and where.
    pub what: String,
    /// What to type or to put into a file; nothing where a person has to do it by hand.
    pub text: Option<String>,
}

impl Way {
    pub fn words(self) -> &'static str {
        match self {
            Self::Cloudflared => "Cloudflare tunnel",
            Self::Tailscale => "Tailscale Funnel",
            Self::Caddy => "Web server: Caddy",
            Self::Nginx => "Web server: nginx",
            Self::Ssh => "Tunnel to a server of yours (ssh)",
            Self::Existing => "There is an address already",
        }
    }

    /// For whom it is right.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Cloudflared => {
                "Nothing has to be changed at the router. A tunnel without an account is good for trying out."
            }
            Self::Tailscale => {
                "Nothing has to be changed at the router. Right where the clinic uses Tailscale already."
            }
            Self::Caddy => "For a computer that the internet can reach. Caddy gets its certificate by itself.",
            Self::Nginx => "For a computer that the internet can reach and that has a certificate.",
            Self::Ssh => "For a clinic that rents a server with a name and a web server on it.",
            Self::Existing => "Somebody has led a public https address to this computer and its port.",
        }
    }

    /// What is to be done for this computer: `port` is the receiver's, `base` the public name where it is known.
    pub fn instructions(self, port: u16, base: Option<&str>) -> Vec<Instruction> {
        let host = base.and_then(host_of).unwrap_or("desk.your-clinic.example");
        match self {
            Self::Cloudflared => cloudflared(port),
            Self::Tailscale => tailscale(port),
            Self::Caddy => caddy(port, host),
            Self::Nginx => nginx(port, host),
            Self::Ssh => ssh(port, host),
            Self::Existing => vec![tell(format!(
                "Have whoever looks after the address lead everything that arrives there on to port {port} of this \
                 computer (http://127.0.0.1:{port}), with its path and its headers unchanged."
            ))],
        }
    }
}

fn tell(what: impl Into<String>) -> Instruction {
    Instruction { what: what.into(), text: None }
}

fn copy(what: impl Into<String>, text: impl Into<String>) -> Instruction {
    Instruction { what: what.into(), text: Some(text.into()) }
}

fn cloudflared(port: u16) -> Vec<Instruction> {
    vec![
        tell("Install the program cloudflared on this computer (it is free)."),
        copy(
            "Type this into a terminal and leave its window open:",
            format!("cloudflared tunnel --url http://127.0.0.1:{port}"),
        ),
        tell(
            "It shows an address that ends in trycloudflare.com. That is asked for in the next step. \
              For every day, have a named tunnel made: its address stays the same.",
        ),
    ]
}

fn tailscale(port: u16) -> Vec<Instruction> {
    vec![
        tell("Tailscale has to run on this computer, and Funnel has to be allowed for it."),
        copy("Type this into a terminal:", format!("tailscale funnel --bg {port}")),
        copy("It shows an address that ends in ts.net. To see it again:", "tailscale funnel status"),
    ]
}

fn caddy(port: u16, host: &str) -> Vec<Instruction> {
    vec![
        copy("Put this into the file Caddyfile:", format!("{host} {{\n\treverse_proxy 127.0.0.1:{port}\n}}")),
        copy("Have Caddy read it:", "caddy reload --config /etc/caddy/Caddyfile"),
        tell(format!(
            "The name {host} must lead to this clinic, and the router must let ports 80 and 443 through to this computer."
        )),
    ]
}

fn nginx(port: u16, host: &str) -> Vec<Instruction> {
    let server = format!(
        "server {{\n    listen 443 ssl;\n    server_name {host};\n    ssl_certificate     /etc/letsencrypt/live/{host}/fullchain.pem;\n    \
         ssl_certificate_key /etc/letsencrypt/live/{host}/privkey.pem;\n    client_max_body_size 4m;\n    access_log off;\n\n    \
         location / {{\n        proxy_pass http://127.0.0.1:{port};\n        proxy_set_header Host $host;\n        \
         proxy_request_buffering on;\n    }}\n}}"
    );
    vec![
        copy("Put this into a file of its own in /etc/nginx/conf.d:", server),
        copy("Have nginx read it:", "nginx -t && systemctl reload nginx"),
    ]
}

fn ssh(port: u16, host: &str) -> Vec<Instruction> {
    vec![
        copy(
            "Type this into a terminal on this computer and leave its window open:",
            format!(
                "ssh -N -o ServerAliveInterval=30 -o ExitOnForwardFailure=yes -R 127.0.0.1:{port}:127.0.0.1:{port} {host}"
            ),
        ),
        copy(
            "On that server, have its web server lead on to the tunnel; with Caddy:",
            format!("{host} {{\n\treverse_proxy 127.0.0.1:{port}\n}}"),
        ),
    ]
}

fn host_of(base: &str) -> Option<&str> {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next()?.trim();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_names_the_port_and_the_servers_name_the_host() {
        for way in Way::ALL {
            let texts: Vec<String> = way
                .instructions(8_123, Some("https://desk.harbourvets.example"))
                .into_iter()
                .map(|one| one.what + one.text.as_deref().unwrap_or_default())
                .collect();
            let all = texts.join("\n");
            assert!(all.contains("8123"), "{way:?}: {all}");
            let needs_host = matches!(way, Way::Caddy | Way::Nginx | Way::Ssh);
            assert_eq!(all.contains("desk.harbourvets.example"), needs_host, "{way:?}");
            assert!(!way.words().is_empty() && way.sentence().ends_with('.'), "{way:?}");
        }
    }

    #[test]
    fn braces_of_the_configurations_are_balanced() {
        for way in [Way::Caddy, Way::Nginx] {
            for text in way.instructions(1, None).into_iter().filter_map(|one| one.text) {
                assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
            }
        }
    }
}
