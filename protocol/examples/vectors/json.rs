//! CBOR as JSON, without loss: byte strings are `{"hex": …}`, maps `{"map": [[key, value], …]}`, the rest itself.

use crate::keys::hex;
use minicbor::{Decoder, data::Type};
use serde_json::{Value, json};

/// The one item in `bytes`.
pub(crate) fn of(bytes: &[u8]) -> Value {
    item(&mut Decoder::new(bytes))
}

fn item(d: &mut Decoder<'_>) -> Value {
    match d.datatype().unwrap() {
        Type::Bytes => json!({"hex": hex(d.bytes().unwrap())}),
        Type::String => json!(d.str().unwrap()),
        Type::Bool => json!(d.bool().unwrap()),
        Type::Null => {
            d.null().unwrap();
            Value::Null
        }
        Type::Array => {
            let count = d.array().unwrap().unwrap();
            Value::Array((0..count).map(|_| item(d)).collect())
        }
        Type::Map => {
            let count = d.map().unwrap().unwrap();
            json!({"map": (0..count).map(|_| json!([item(d), item(d)])).collect::<Vec<_>>()})
        }
        _ => json!(i64::try_from(d.int().unwrap()).unwrap()),
    }
}

/// Diagnostic notation, one member a line, for the specification.
pub(crate) fn diagnostic(bytes: &[u8]) -> String {
    let value = of(bytes);
    let members = value["map"].as_array().unwrap();
    let lines: Vec<String> = members.iter().map(|m| format!("  {}: {},\n", m[0], notation(&m[1]))).collect();
    format!("{{\n{}}}", lines.concat())
}

fn notation(value: &Value) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(notation).collect())),
        Value::Object(o) if o.contains_key("hex") => format!("h'{}'", o["hex"].as_str().unwrap()),
        Value::Object(o) => {
            let members = o["map"].as_array().unwrap();
            format!("{{{}}}", joined(members.iter().map(|m| format!("{}: {}", m[0], notation(&m[1]))).collect()))
        }
        other => other.to_string(),
    }
}
