//! What tenants declare, read once and not at every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use landfall_accounts::{ExtensionVersion, TenantId};

use super::DeclaredExtension;
use crate::scim::answer::Refused;
use crate::{App, Ports};

/// Most tenants whose declaration is kept; with one more all are forgotten, and read again when they are asked for.
const MOST: usize = 1_000;

/// Of each tenant the declaration that was read last.
#[derive(Default)]
pub(crate) struct Extensions(Mutex<HashMap<TenantId, (ExtensionVersion, Arc<DeclaredExtension>)>>);

impl Extensions {
    fn find(&self, tenant: TenantId, version: ExtensionVersion) -> Option<Arc<DeclaredExtension>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&tenant).filter(|(of, _)| *of == version).map(|(_, declared)| Arc::clone(declared))
    }

    fn keep(&self, tenant: TenantId, version: ExtensionVersion, declared: &Arc<DeclaredExtension>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(&tenant) {
            kept.clear();
        }
        kept.insert(tenant, (version, Arc::clone(declared)));
    }
}

impl<P: Ports> App<P> {
    /// What a tenant declares, whose token told of this version.
    ///
    /// # Errors
    /// If the store cannot answer, or this version of Landfall does not read what is declared: then nothing is answered,
    /// since attributes that are left out would be lost.
    pub(in crate::scim) async fn declared(
        &self,
        tenant: TenantId,
        version: Option<ExtensionVersion>,
    ) -> Result<Option<Arc<DeclaredExtension>>, Refused> {
        let Some(version) = version else { return Ok(None) };
        if let Some(kept) = self.extensions().find(tenant, version) {
            return Ok(Some(kept));
        }
        // It may be another by now, or none: what is declared at this moment counts.
        let Some(stored) = self.ports().declared_extension(tenant).await? else { return Ok(None) };
        let declared = stored.text.as_str().parse().map_err(|error| {
            tracing::error!(
                %tenant,
                version = stored.version.number(),
                error = crate::error::chain(&error),
                "the attributes that a tenant declares cannot be read: declare them again"
            );
            Refused::declaration_unreadable()
        })?;
        let declared = Arc::new(declared);
        self.extensions().keep(tenant, stored.version, &declared);
        Ok(Some(declared))
    }
}

#[cfg(test)]
mod tests {
    use landfall_accounts::TenantId;

    use super::*;

    #[test]
    fn only_the_version_that_is_asked_for_is_given_and_memory_is_bounded() {
        let text = "urn = \"urn:contoso:hr:1.0:User\"\nname = \"C\"\nattribute = [{ name = \"a\", type = \"string\" }]";
        let declared: Arc<DeclaredExtension> = Arc::new(text.parse().unwrap());
        let id = |number| TenantId::from_uuid(uuid::Uuid::from_u128(number));
        let (kept, first) = (Extensions::default(), ExtensionVersion::FIRST);
        let second = first.next().unwrap();
        kept.keep(id(1), first, &declared);
        assert_eq!(kept.find(id(1), first), Some(Arc::clone(&declared)));
        assert_eq!((kept.find(id(1), second), kept.find(id(2), first)), (None, None));
        kept.keep(id(1), second, &declared);
        assert_eq!(kept.find(id(1), first), None);
        for number in 0..3_000 {
            kept.keep(id(number), first, &declared);
            assert!(kept.0.lock().unwrap().len() <= MOST);
        }
    }
}
