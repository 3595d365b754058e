//! Filters and paths of SCIM: no text makes them panic, and what is printed is read as the same.
//!
//! The first line is the filter, the second a path, the rest a resource.
#![no_main]

use landfall_scim::{Dialect, Filter, ListRequest, Path, ResourceType};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (filter, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let resource: Option<Value> = lines.next().and_then(|rest| serde_json::from_str(rest).ok());
    for of in [ResourceType::user(), ResourceType::group()] {
        for dialect in Dialect::ALL {
            if let Ok(filter) = Filter::parse(filter, &of, dialect) {
                printed(&filter, &of, dialect);
                if let Some(Value::Object(resource)) = &resource {
                    let negated = Filter::Not(Box::new(filter.clone()));
                    assert_ne!(filter.matches(resource), negated.matches(resource));
                }
            }
            if let Ok(path) = Path::parse(path, &of, dialect) {
                assert_eq!(Path::parse(&path.to_string(), &of, dialect), Ok(path));
            }
            if let Err(error) = ListRequest::from_query(filter, &of, dialect) {
                assert!((400..500).contains(&error.status()));
            }
        }
    }
});

/// It is the same, unless printing made it longer than a filter may be, or deeper.
fn printed(filter: &Filter, of: &ResourceType, dialect: Dialect) {
    let printed = filter.to_string();
    match Filter::parse(&printed, of, dialect) {
        Ok(again) => assert_eq!(&again, filter, "{printed}"),
        Err(error) => assert!(
            printed.len() > Filter::MAX_BYTES || error.detail().contains("nested deeper"),
            "{printed}: {error}"
        ),
    }
}
