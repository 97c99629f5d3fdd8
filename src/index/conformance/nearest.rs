//! Nearest slots against measuring every one.

use crate::{
    codec::Random,
    expr::Target,
    index::{NearestRequest, SearchEffort, Slot, SlotSet, Work},
};

use super::{Subject, answers::random_set};

impl Subject<'_> {
    /// Searches for the nearest in several ways; returns how many searches were answered.
    pub fn check_nearest(&self, target: &Target, random: &mut Random) -> Result<usize, String> {
        let (slots, mut answered) = (self.objects.len(), 0);
        for effort in [SearchEffort::Exact, SearchEffort::Default] {
            for k in [0, 1, 10, slots + 3] {
                let accept = random_set(slots, random);
                let measured = self.measured(target, &accept);
                let bound = match random.index(3) {
                    0 => random.pick(&measured).map_or(f64::INFINITY, |(_, distance)| *distance),
                    _ => f64::INFINITY,
                };
                let request = NearestRequest { target, k, accept: &accept, effort, bound };
                let name = || format!("nearest {target}, k {k}, {effort:?}, bound {bound}, {} accepted", accept.len());
                answered += usize::from(self.check_one(&request, &measured).map_err(|what| name() + ": " + &what)?);
            }
        }
        Ok(answered)
    }

    /// All accepted slots that can be measured, nearest first, ties by slot.
    fn measured(&self, target: &Target, accept: &SlotSet) -> Vec<(Slot, f64)> {
        let distance = |slot: Slot| Some((slot, target.distance(self.objects.get(slot.0 as usize)?)?));
        let mut measured: Vec<_> = accept.iter().filter_map(distance).collect();
        measured.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        measured
    }

    fn check_one(&self, request: &NearestRequest<'_>, measured: &[(Slot, f64)]) -> Result<bool, String> {
        let found = self.part.nearest(request, &mut Work::default()).map_err(|error| error.to_string())?;
        if found.is_some() != self.part.can_nearest(request.target) {
            return Err("nearest does not do what can_nearest says".to_owned());
        }
        let Some((found, _)) = found else { return Ok(false) };
        let wanted = &measured[..request.k.min(measured.len())];
        let wanted = &wanted[..wanted.partition_point(|(_, distance)| *distance <= request.bound)];
        if found.windows(2).any(|pair| (pair[0].1, pair[0].0) >= (pair[1].1, pair[1].0)) {
            return Err(format!("not nearest first, or a slot twice: {found:?}"));
        }
        if let Some(wrong) = found.iter().find(|hit| !measured.contains(hit)) {
            return Err(format!("{wrong:?} is no accepted slot at its distance"));
        }
        if found.len() > request.k || request.bound == f64::INFINITY && found.len() != wanted.len() {
            return Err(format!("{} hits of {} accepted", found.len(), measured.len()));
        }
        if request.effort == SearchEffort::Exact && !found.starts_with(wanted) {
            return Err(format!("found {found:?}, expected {wanted:?}"));
        }
        Ok(true)
    }
}
