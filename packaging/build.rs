//! Has the linker keep functions that came out alike only once, where it is known to be one that can.

fn main() {
    println!("cargo:rerun-if-changed=packaging/build.rs");
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let is_gnu_linux = of("CARGO_CFG_TARGET_OS") == "linux" && of("CARGO_CFG_TARGET_ENV") == "gnu";
    // Rust links with its own linker there; elsewhere it is the system's, which may not know the word.
    if is_gnu_linux && of("CARGO_CFG_TARGET_ARCH") == "x86_64" && of("PROFILE") == "release" {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}
