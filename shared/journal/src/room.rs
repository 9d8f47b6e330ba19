//! How many checks may wait at once: in all, and of one tenant.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex},
};

use gw_kernel::TenantId;

use crate::mutex::lock;

/// One tenant's share of the room is an eighth: one whose head is stuck, or who asks more than
/// its log can take, leaves the rest to the others.
const SHARES: usize = 8;

/// The room for checks that wait, or are being written.
#[derive(Debug)]
pub(crate) struct Room {
    taken: Mutex<Taken>,
    capacity: usize,
    share: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    tenants: HashMap<TenantId, usize>,
}

impl Room {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { taken: Mutex::default(), capacity, share: (capacity / SHARES).max(1) }
    }

    /// A place for one more check of this tenant; none when all is taken, or the tenant's share.
    pub(crate) fn take(self: &Arc<Self>, tenant: TenantId) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let of_tenant = taken.tenants.get(&tenant).copied().unwrap_or(0);
        if taken.all >= self.capacity || of_tenant >= self.share {
            return None;
        }
        taken.all += 1;
        taken.tenants.insert(tenant, of_tenant + 1);
        Some(Place { room: Arc::clone(self), tenant })
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        lock(&self.taken).all
    }
}

/// A check's place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    tenant: TenantId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.room.taken);
        taken.all -= 1;
        if let Entry::Occupied(mut of_tenant) = taken.tenants.entry(self.tenant) {
            *of_tenant.get_mut() -= 1;
            if *of_tenant.get() == 0 {
                of_tenant.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_has_its_share_and_no_more() {
        let room = Arc::new(Room::new(16));
        let [one, other] = [1, 2].map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
        let first = room.take(one).unwrap();
        let _second = room.take(one).unwrap();
        assert!(room.take(one).is_none());
        let _others = room.take(other).unwrap();
        assert_eq!(room.taken(), 3);
        drop(first);
        assert_eq!(room.taken(), 2);
        let _third = room.take(one).unwrap();
        assert!(room.take(one).is_none());
    }

    #[test]
    fn all_tenants_together_have_no_more_than_there_is() {
        let room = Arc::new(Room::new(3));
        let tenants = (0..4).map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
        let places: Vec<Option<Place>> = tenants.map(|tenant| room.take(tenant)).collect();
        assert_eq!(places.iter().flatten().count(), 3);
        assert!(places[3].is_none());
        drop(places);
        assert_eq!(room.taken(), 0);
        assert!(lock(&room.taken).tenants.is_empty(), "a tenant that has gone leaves nothing");
    }
}
