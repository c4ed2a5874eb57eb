//! Which plans a sweep runs: [`Strategy`], and whether it retries: [`Retry`].

use crate::plan::{AfterFault, Fault, Plan};

/// Which plans a sweep runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// Each request of the fault-free run in turn, once for each [`AfterFault`] asked for.
    #[default]
    EveryRequest,
    /// These plans, as they are.
    Plans(Vec<Plan>),
}

impl Strategy {
    /// The plans for a fault-free run of so many requests.
    pub(crate) fn plans<'a>(
        &'a self,
        requests: u64,
        after: &'a [AfterFault],
    ) -> Box<dyn Iterator<Item = Plan> + 'a> {
        match self {
            Self::EveryRequest => Box::new(after.iter().flat_map(move |&after| {
                (0..requests).map(move |number| Plan { fault: Fault::Nth(number), after })
            })),
            Self::Plans(plans) => Box::new(plans.iter().cloned()),
        }
    }
}

/// Which failed operations are tried again without faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Each.
    Every,
    /// That of the first plan for each call stack.
    FirstPerSite,
    /// None.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_failed_once_for_each_sequel() {
        let after = [AfterFault::Succeed, AfterFault::FailAll];
        let plans: Vec<_> =
            Strategy::EveryRequest.plans(2, &after).map(|plan| plan.to_string()).collect();
        assert_eq!(plans, ["nth:0/succeed", "nth:1/succeed", "nth:0/fail-all", "nth:1/fail-all"]);
    }
}
