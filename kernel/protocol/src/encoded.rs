//! A value that is written once, however often it is sent.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::WireError;

/// A `T` as JSON. Its schema is that of `T`, and so is what it reads and writes.
#[derive(Debug)]
pub struct Encoded<T> {
    json: Arc<RawValue>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Encoded<T> {
    /// Writes the value.
    ///
    /// # Errors
    /// `internal` where it cannot be JSON.
    pub fn of(value: &T) -> Result<Encoded<T>, WireError> {
        let json = serde_json::value::to_raw_value(value).map_err(|error| {
            WireError::new(crate::ErrorCode::Internal, format!("The answer could not be written: {error}."))
        })?;
        Ok(Encoded { json: json.into(), of: PhantomData })
    }
}

impl<T: DeserializeOwned> Encoded<T> {
    /// Reads the value.
    ///
    /// # Errors
    /// `internal` where the JSON is that of another type.
    pub fn read(&self) -> Result<T, WireError> {
        serde_json::from_str(self.json.get()).map_err(|error| {
            WireError::new(crate::ErrorCode::Internal, format!("The kernel's answer has an unexpected shape: {error}."))
        })
    }
}

impl<T> Clone for Encoded<T> {
    fn clone(&self) -> Encoded<T> {
        Encoded { json: self.json.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Encoded<T> {
    fn eq(&self, other: &Encoded<T>) -> bool {
        self.json.get() == other.json.get()
    }
}

impl<T> Serialize for Encoded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Encoded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Encoded<T>, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        serde_json::from_str::<T>(json.get()).map_err(D::Error::custom)?;
        Ok(Encoded { json: json.into(), of: PhantomData })
    }
}

impl<T: JsonSchema> JsonSchema for Encoded<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::process::PidRef;

    #[test]
    fn it_is_on_the_wire_what_the_value_is() {
        let value = PidRef { pid: crate::Pid(7) };
        let encoded = Encoded::of(&value).expect("JSON");
        assert_eq!(serde_json::to_string(&[&encoded]).expect("JSON"), r#"[{"pid":7}]"#);
        let read: Vec<Encoded<PidRef>> = serde_json::from_str(r#"[{"pid":7}]"#).expect("a list");
        assert_eq!(read[0].read().expect("a value").pid, value.pid);
        assert_eq!(read[0], encoded);
        serde_json::from_str::<Encoded<PidRef>>(r#"{"pid":"x"}"#).expect_err("another type");
    }
}
