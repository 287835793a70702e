//! uniffi's generator: `uniffi-bindgen generate LIBRARY --language kotlin --config uniffi.toml --out-dir DIR`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
