//! Has the linker keep functions that came out alike only once, where it is known to be one that can; gives the
//! Windows program its icon, its version and its manifest.

const MANIFEST: &str = "packaging/windows/consult-desk.exe.manifest";
const ICON: &str = "assets/icon/consult-desk.ico";

fn main() -> std::io::Result<()> {
    for input in ["packaging/build.rs", MANIFEST, ICON] {
        println!("cargo:rerun-if-changed={input}");
    }
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let is_gnu_linux = of("CARGO_CFG_TARGET_OS") == "linux" && of("CARGO_CFG_TARGET_ENV") == "gnu";
    // Rust links with its own linker there; elsewhere it is the system's, which may not know the word.
    if is_gnu_linux && of("CARGO_CFG_TARGET_ARCH") == "x86_64" && of("PROFILE") == "release" {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
    if of("CARGO_CFG_TARGET_OS") == "windows" { windows_resource() } else { Ok(()) }
}

/// What the file manager shows of the program, and what Windows reads before it runs.
fn windows_resource() -> std::io::Result<()> {
    let mut resource = winresource::WindowsResource::new();
    resource.set_icon(ICON).set_manifest_file(MANIFEST);
    for (name, text) in [
        ("CompanyName", "The Consult Desk authors"),
        ("FileDescription", "Consult Desk"),
        ("InternalName", "consult-desk"),
        ("LegalCopyright", "Copyright The Consult Desk authors. MIT or Apache-2.0."),
        ("OriginalFilename", "consult-desk.exe"),
        ("ProductName", "Consult Desk"),
    ] {
        resource.set(name, text);
    }
    resource.compile()
}
