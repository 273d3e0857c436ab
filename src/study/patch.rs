//! Merge patches: what turns one document into another, in the form of RFC 7396; lists are given whole.

use serde_json::{Map, Value};

/// The patch that turns `from` into `to`; it cannot tell a member that is `null` from one that is gone.
#[must_use]
pub fn merge_patch(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return to.clone() };
    let gone = from.keys().filter(|key| !to.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let changed = to.iter().filter_map(|(key, value)| match from.get(key) {
        Some(old) if old == value => None,
        Some(old) => Some((key.clone(), merge_patch(old, value))),
        None => Some((key.clone(), value.clone())),
    });
    Value::Object(gone.chain(changed).collect())
}

/// `from` with a patch applied.
#[must_use]
pub fn patched(from: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut to = from.as_object().cloned().unwrap_or_else(Map::new);
    for (key, change) in changes {
        if change.is_null() {
            to.remove(key);
        } else {
            let new = patched(to.get(key).unwrap_or(&Value::Null), change);
            to.insert(key.clone(), new);
        }
    }
    Value::Object(to)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_holds_what_differs() {
        let from = json!({ "a": 1, "b": { "c": 2, "d": [1] }, "gone": 3, "plain": 4 });
        let to = json!({ "a": 1, "b": { "c": 2, "d": [1, 2] }, "new": { "e": 5 }, "plain": { "f": 6 } });
        let patch = merge_patch(&from, &to);
        assert_eq!(patch, json!({ "b": { "d": [1, 2] }, "new": { "e": 5 }, "gone": null, "plain": { "f": 6 } }));
        assert_eq!(patched(&from, &patch), to);
        assert_eq!(merge_patch(&from, &from), json!({}));
        assert_eq!(patched(&from, &json!({})), from);
    }
}
