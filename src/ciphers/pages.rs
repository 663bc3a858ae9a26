//! What `SQLCipher` encrypts with: AES-256-CBC, HMAC and PBKDF2 of the `RustCrypto` crates, in place of all of OpenSSL.
//! `SQLCipher`'s own adapter calls itself a minimal one and asks whoever wants a smaller or quicker one to name it at
//! compile time (`.cargo/config.toml`). The pages are the same, byte for byte: any `SQLCipher` 4 reads them with the key.
//! Its default algorithms are all there is: HMAC-SHA1, which only old versions of it used, is refused.

#![expect(unsafe_code, reason = "SQLCipher calls this through its C interface")]

use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, array::Array};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_OK};
use sha2::{Sha256, Sha512};
use std::ffi::{c_char, c_int, c_uchar, c_void};
use std::{ptr, slice};

/// `SQLCipher`'s numbers for the algorithms (`SQLCIPHER_HMAC_*` and `SQLCIPHER_PBKDF2_HMAC_*` agree).
const WITH_SHA256: c_int = 1;
const WITH_SHA512: c_int = 2;
/// `SQLCipher`'s `CIPHER_ENCRYPT`; anything else decrypts.
const ENCRYPT: c_int = 1;
const KEY_BYTES: c_int = 32;
const BLOCK_BYTES: c_int = 16;

type Named = unsafe extern "C" fn(*mut c_void) -> *const c_char;
type Size = unsafe extern "C" fn(*mut c_void) -> c_int;
type Context = unsafe extern "C" fn(*mut *mut c_void) -> c_int;
type Bytes = *const c_uchar;

/// `struct sqlcipher_provider` of `SQLCipher` 4.19, field by field.
#[repr(C)]
pub struct Provider {
    init: Option<unsafe extern "C" fn() -> c_int>,
    shutdown: Option<unsafe extern "C" fn()>,
    name: Option<Named>,
    add_random: Option<unsafe extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int>,
    random: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int>,
    hmac: Option<HmacFn>,
    kdf: Option<KdfFn>,
    cipher: Option<CipherFn>,
    cipher_name: Option<Named>,
    key_size: Option<Size>,
    iv_size: Option<Size>,
    block_size: Option<Size>,
    hmac_size: Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>,
    begin: Option<Context>,
    end: Option<Context>,
    fips_status: Option<Size>,
    version: Option<Named>,
    next: *mut Self,
}

type HmacFn = unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, c_int, Bytes, c_int, *mut c_uchar) -> c_int;
type KdfFn = unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, c_int, c_int, c_int, *mut c_uchar) -> c_int;
type CipherFn = unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, Bytes, c_int, *mut c_uchar) -> c_int;

/// Called once by `SQLCipher` when it sets itself up; fills in everything but the link to the next provider.
///
/// # Safety
/// `provider` points to a `struct sqlcipher_provider`, as `SQLCipher` allocates it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn consult_desk_sqlcipher_setup(provider: *mut Provider) -> c_int {
    // SAFETY: SQLCipher hands over a provider of its own, which nobody else knows yet.
    let Some(provider) = (unsafe { provider.as_mut() }) else { return SQLITE_ERROR };
    *provider = Provider {
        init: None,
        shutdown: None,
        name: Some(name),
        add_random: Some(add_random),
        random: Some(random),
        hmac: Some(hmac),
        kdf: Some(kdf),
        cipher: Some(cipher),
        cipher_name: Some(cipher_name),
        key_size: Some(key_size),
        iv_size: Some(block_size),
        block_size: Some(block_size),
        hmac_size: Some(hmac_size),
        begin: Some(nothing),
        end: Some(nothing),
        fips_status: Some(no_fips),
        version: Some(version),
        next: provider.next,
    };
    SQLITE_OK
}

unsafe extern "C" fn name(_: *mut c_void) -> *const c_char {
    c"rustcrypto".as_ptr()
}

unsafe extern "C" fn version(_: *mut c_void) -> *const c_char {
    c"aes 0.9, sha2 0.11".as_ptr()
}

unsafe extern "C" fn cipher_name(_: *mut c_void) -> *const c_char {
    c"AES-256-CBC".as_ptr()
}

unsafe extern "C" fn key_size(_: *mut c_void) -> c_int {
    KEY_BYTES
}

unsafe extern "C" fn block_size(_: *mut c_void) -> c_int {
    BLOCK_BYTES
}

unsafe extern "C" fn hmac_size(_: *mut c_void, algorithm: c_int) -> c_int {
    match algorithm {
        WITH_SHA256 => 32,
        WITH_SHA512 => 64,
        _ => 0,
    }
}

unsafe extern "C" fn no_fips(_: *mut c_void) -> c_int {
    0
}

/// The ciphers keep nothing between two calls.
unsafe extern "C" fn nothing(_: *mut *mut c_void) -> c_int {
    SQLITE_OK
}

/// The system's random numbers need no help.
unsafe extern "C" fn add_random(_: *mut c_void, _: *const c_void, _: c_int) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn random(_: *mut c_void, out: *mut c_void, length: c_int) -> c_int {
    // SAFETY: SQLCipher owns `length` bytes at `out` and waits for this call.
    let filled = unsafe { writable(out.cast(), length) }.is_some_and(|out| getrandom::fill(out).is_ok());
    answer(filled)
}

/// The HMAC of a page and its number (`second` may be absent).
unsafe extern "C" fn hmac(
    _: *mut c_void,
    algorithm: c_int,
    key: Bytes,
    key_length: c_int,
    first: Bytes,
    first_length: c_int,
    second: Bytes,
    second_length: c_int,
    out: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher owns these bytes, `out` as many as `hmac_size` told it, and waits for this call.
    let parts = unsafe {
        (
            readable(key, key_length),
            readable(first, first_length),
            readable(second, second_length).unwrap_or_default(),
            writable(out, hmac_size(ptr::null_mut(), algorithm)),
        )
    };
    let (Some(key), Some(first), second, Some(out)) = parts else { return SQLITE_ERROR };
    answer(match algorithm {
        WITH_SHA256 => mac::<Hmac<Sha256>>(key, first, second, out),
        WITH_SHA512 => mac::<Hmac<Sha512>>(key, first, second, out),
        _ => false,
    })
}

/// Whether it could be done: `out` has to hold the tag, neither more nor less.
fn mac<M: Mac + KeyInit>(key: &[u8], first: &[u8], second: &[u8], out: &mut [u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    mac.update(first);
    mac.update(second);
    let tag = mac.finalize().into_bytes();
    let fits = tag.len() == out.len();
    if fits {
        out.copy_from_slice(&tag);
    }
    fits
}

/// Makes a key of a passphrase; here it only ever makes the HMAC's key of the raw key, in two rounds.
unsafe extern "C" fn kdf(
    _: *mut c_void,
    algorithm: c_int,
    pass: Bytes,
    pass_length: c_int,
    salt: Bytes,
    salt_length: c_int,
    rounds: c_int,
    key_length: c_int,
    key: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher owns these bytes and waits for this call.
    let parts = unsafe { (readable(pass, pass_length), readable(salt, salt_length), writable(key, key_length)) };
    let ((Some(pass), Some(salt), Some(key)), Ok(rounds)) = (parts, u32::try_from(rounds)) else {
        return SQLITE_ERROR;
    };
    match algorithm {
        WITH_SHA256 => pbkdf2::pbkdf2_hmac::<Sha256>(pass, salt, rounds, key),
        WITH_SHA512 => pbkdf2::pbkdf2_hmac::<Sha512>(pass, salt, rounds, key),
        _ => return SQLITE_ERROR,
    }
    SQLITE_OK
}

/// Encrypts or decrypts whole blocks; `out` may be where `text` is.
unsafe extern "C" fn cipher(
    _: *mut c_void,
    mode: c_int,
    key: Bytes,
    key_length: c_int,
    iv: Bytes,
    text: Bytes,
    length: c_int,
    out: *mut c_uchar,
) -> c_int {
    let Ok(count) = usize::try_from(length) else { return SQLITE_ERROR };
    if text.is_null() || out.is_null() {
        return SQLITE_ERROR;
    }
    // SAFETY: SQLCipher owns the key, `BLOCK_BYTES` at `iv`, and `length` bytes at `text` and at `out`, and waits for
    // this call; the copy allows that the two are the same.
    let parts = unsafe {
        ptr::copy(text, out, count);
        (readable(key, key_length), readable(iv, BLOCK_BYTES), writable(out, length))
    };
    let (Some(key), Some(iv), Some(out)) = parts else { return SQLITE_ERROR };
    answer(run_through(mode == ENCRYPT, key, iv, out))
}

/// Whether it could be done: the sizes have to be those of the cipher.
fn run_through(encrypts: bool, key: &[u8], iv: &[u8], text: &mut [u8]) -> bool {
    let (blocks, rest) = Array::slice_as_chunks_mut(text);
    if encrypts {
        let Ok(mut cipher) = cbc::Encryptor::<Aes256>::new_from_slices(key, iv) else { return false };
        cipher.encrypt_blocks(blocks);
    } else {
        let Ok(mut cipher) = cbc::Decryptor::<Aes256>::new_from_slices(key, iv) else { return false };
        cipher.decrypt_blocks(blocks);
    }
    rest.is_empty()
}

fn answer(is_done: bool) -> c_int {
    if is_done { SQLITE_OK } else { SQLITE_ERROR }
}

/// # Safety
/// `length` bytes at `at` may be read, and nobody changes them, for `'a`; or `at` is null.
unsafe fn readable<'a>(at: Bytes, length: c_int) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: as the caller says.
    (!at.is_null()).then(|| unsafe { slice::from_raw_parts(at, length) })
}

/// # Safety
/// `length` bytes at `at` may be written, by nobody else, for `'a`; or `at` is null. They hold some value already.
unsafe fn writable<'a>(at: *mut c_uchar, length: c_int) -> Option<&'a mut [u8]> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: as the caller says.
    (!at.is_null()).then(|| unsafe { slice::from_raw_parts_mut(at, length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte")).collect()
    }

    /// NIST SP 800-38A, F.2.5.
    const KEY: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const IV: &str = "000102030405060708090a0b0c0d0e0f";
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    const SEALED: &str = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d";

    fn through(mode: c_int, key: &[u8], text: &[u8], length: c_int) -> (c_int, Vec<u8>) {
        let (iv, mut out) = (unhex(IV), vec![0; text.len()]);
        let key_length = c_int::try_from(key.len()).expect("short");
        // SAFETY: every pointer comes from a slice that outlives the call, `length` is at most the text's.
        let code = unsafe {
            cipher(
                ptr::null_mut(),
                mode,
                key.as_ptr(),
                key_length,
                iv.as_ptr(),
                text.as_ptr(),
                length,
                out.as_mut_ptr(),
            )
        };
        (code, out)
    }

    #[test]
    fn the_cipher_is_the_one_of_the_standard() {
        assert_eq!(through(ENCRYPT, &unhex(KEY), &unhex(PLAIN), 32), (SQLITE_OK, unhex(SEALED)));
        assert_eq!(through(0, &unhex(KEY), &unhex(SEALED), 32), (SQLITE_OK, unhex(PLAIN)));
    }

    #[test]
    fn half_a_block_a_short_key_and_a_negative_length_are_refused() {
        assert_eq!(through(ENCRYPT, &unhex(KEY), &unhex(PLAIN), 31).0, SQLITE_ERROR);
        assert_eq!(through(ENCRYPT, &unhex(IV), &unhex(PLAIN), 32).0, SQLITE_ERROR);
        assert_eq!(through(ENCRYPT, &unhex(KEY), &unhex(PLAIN), -16).0, SQLITE_ERROR);
    }

    #[test]
    fn in_place_is_the_same_as_from_one_place_to_another() {
        let (key, iv, mut text) = (unhex(KEY), unhex(IV), unhex(PLAIN));
        let at = text.as_mut_ptr();
        // SAFETY: `at` is 32 bytes long and used by this call alone.
        let code = unsafe { cipher(ptr::null_mut(), ENCRYPT, key.as_ptr(), 32, iv.as_ptr(), at, 32, at) };
        assert_eq!((code, text), (SQLITE_OK, unhex(SEALED)));
    }

    fn tag(algorithm: c_int, size: usize) -> (c_int, Vec<u8>) {
        let (key, first, second) = (b"Jefe", b"what do ya want ", b"for nothing?");
        let mut out = vec![0; size];
        // SAFETY: every pointer comes from a slice that outlives the call; `out` is as long as `hmac_size` says.
        let code = unsafe {
            let (at, null) = (out.as_mut_ptr(), ptr::null_mut());
            hmac(null, algorithm, key.as_ptr(), 4, first.as_ptr(), 16, second.as_ptr(), 12, at)
        };
        (code, out)
    }

    /// RFC 4231, test case 2, in two pieces.
    #[test]
    fn the_mac_is_the_one_of_the_standard() {
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                      caeab1a34d4a6b4b636e070a38bce737";
        assert_eq!(tag(WITH_SHA256, 32), (SQLITE_OK, unhex(sha256)));
        assert_eq!(tag(WITH_SHA512, 64), (SQLITE_OK, unhex(sha512)));
        assert_eq!(tag(0, 20).0, SQLITE_ERROR, "HMAC-SHA1 is not offered");
    }
}
