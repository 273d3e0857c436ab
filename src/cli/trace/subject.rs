//! Whose life `--trace` tells.

use std::str::FromStr;

use crate::rng::Key;
use crate::scenario::spec::Actor;
use crate::world::organisation::Org;

/// What may be written.
pub(super) const FORMS: &str = "write startup:NAME, fund:NAME, institution:NAME, programme:OWNER/N (the N-th that it owned), \
                                person:STARTUP/founder, person:INSTITUTION/N (of the first month) or person:KEY";

/// A subject as written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Subject {
    /// A startup, fund or institution, by its name in the records.
    Organisation(Kind, String),
    /// The N-th programme that an organisation owned, from 1.
    Programme(String, usize),
    /// The founder of a startup.
    Founder(String),
    /// The N-th person of an organisation in the first month, from 1.
    Person(String, u64),
    /// A person by key.
    Key(Key),
}

/// Kinds of organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    Startup,
    Fund,
    Institution,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Fund => "fund",
            Self::Institution => "institution",
        }
    }

    fn of(org: &Org) -> Self {
        match org.actor {
            Actor::Startup => Self::Startup,
            Actor::Fund => Self::Fund,
            _ => Self::Institution,
        }
    }
}

/// The word before the colon that fits an organisation.
pub(super) fn kind_of(org: &Org) -> &'static str {
    Kind::of(org).word()
}

impl Subject {
    /// Name of the organisation to look for.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Organisation(_, name) | Self::Programme(name, _) | Self::Founder(name) | Self::Person(name, _) => {
                Some(name)
            }
            Self::Key(_) => None,
        }
    }

    /// What the name should be of.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Organisation(kind, _) => kind.word(),
            Self::Founder(_) => "startup",
            _ => "organisation",
        }
    }

    /// Whether an organisation is of the kind that is asked for.
    pub(super) fn fits(&self, org: &Org) -> bool {
        match self {
            Self::Organisation(kind, _) => Kind::of(org) == *kind,
            Self::Founder(_) => Kind::of(org) == Kind::Startup,
            _ => true,
        }
    }

    /// Whether it is this organisation; a startup of the run may go by its key alone.
    pub(super) fn is(&self, org: &Org, name: &str) -> bool {
        self.fits(org) && (org.name == name || org.name.strip_prefix("startup-") == Some(name))
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` names nobody; {FORMS}");
        let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
        let organisation = |kind| Ok(Self::Organisation(kind, name.to_owned()));
        let part = name.rsplit_once('/').filter(|(owner, _)| !owner.is_empty());
        let nth = |number: &str| number.parse::<u32>().ok().filter(|number| *number > 0);
        match (kind, part) {
            ("startup", _) => organisation(Kind::Startup),
            ("fund", _) => organisation(Kind::Fund),
            ("institution", _) => organisation(Kind::Institution),
            ("programme", Some((owner, number))) => {
                Ok(Self::Programme(owner.to_owned(), nth(number).ok_or_else(wrong)? as usize))
            }
            ("person", Some((owner, "founder"))) => Ok(Self::Founder(owner.to_owned())),
            ("person", Some((owner, number))) => {
                Ok(Self::Person(owner.to_owned(), nth(number).ok_or_else(wrong)?.into()))
            }
            ("person", None) if name.len() == 16 => {
                u64::from_str_radix(name, 16).map(|key| Self::Key(Key(key))).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read() {
        assert_eq!("startup:a-1".parse(), Ok(Subject::Organisation(Kind::Startup, "a-1".to_owned())));
        assert_eq!("programme:a-1/2".parse(), Ok(Subject::Programme("a-1".to_owned(), 2)));
        assert_eq!("person:osaka/7".parse(), Ok(Subject::Person("osaka".to_owned(), 7)));
        assert_eq!("person:a-1/founder".parse(), Ok(Subject::Founder("a-1".to_owned())));
        assert_eq!("person:00000000000000ff".parse(), Ok(Subject::Key(Key(255))));
        let wrong =
            ["", "startup", "startup:", "person:x", "person:x/0", "programme:x", "programme:x/-1", "city:osaka"];
        for wrong in wrong {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
