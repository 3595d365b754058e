use landfall_accounts::MappingChoice;

pub(super) fn counted(mapping: MappingChoice) -> String {
    match mapping {
        MappingChoice::Preset(preset) => format!("the preset {preset}"),
        MappingChoice::Own(version) => format!("version {version}"),
    }
}

/// Names what exists, the first twenty of it.
pub(crate) fn existing<T: ToString>(what: &str, names: &[T]) -> String {
    if names.is_empty() {
        return format!("there are no {what} yet");
    }
    let shown: Vec<String> = names.iter().take(20).map(T::to_string).collect();
    let more = if names.len() > shown.len() { " and others" } else { "" };
    format!("the {what} are {}{more}", shown.join(", "))
}
