//! What a draw is for.

/// What a draw is for: one part of its address.
///
/// Append only. A number is never changed and never used again, not even when its purpose is gone, because
/// that would hand old luck to a new decision and change results without a trace. Zero is taken: it derives the
/// keys of [`Streams`](super::Streams).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Purpose {
    /// Candidate months and marks of a person's event clock.
    Clock = 1,
    /// A person leaves the labour force.
    Retirement = 2,
    /// A cohort finishes its training.
    Graduation = 3,
    /// Research yields an asset.
    Asset = 4,
    /// An asset becomes a startup.
    Founding = 5,
    /// Somebody looks for a partner.
    TieSearch = 6,
    /// A partner accepts.
    TieAccept = 7,
    /// How long a tie lasts.
    TieDuration = 8,
    /// Whether a programme passes a stage.
    StageOutcome = 9,
    /// How long a programme's stage takes.
    StageDuration = 10,
    /// Which startups an investor looks at.
    Look = 11,
    /// What an investor believes after looking.
    Signal = 12,
    /// When a startup asks for money again.
    RoundRetry = 13,
    /// The state of the capital market.
    Regime = 14,
    /// Whether and how a startup leaves: acquired, listed, wound up.
    Exit = 15,
    /// Who acquires.
    Acquirer = 16,
    /// Hires and applications in the labour market.
    Labour = 17,
    /// Where a mover goes.
    Destination = 18,
    /// The people of the first month.
    Population = 19,
    /// The latent quality of an asset or a founder.
    Quality = 20,
    /// A company opens a site.
    CompanyEntry = 21,
    /// A company closes a site.
    CompanyExit = 22,
    /// Whether a lead converts: a licence, an option, an award.
    Conversion = 23,
    /// The value of an approved product.
    LaunchValue = 24,
    /// The attributes of a person.
    Person = 25,
    /// A hire from outside the modelled clusters.
    OutsideHire = 26,
    /// Rent and space.
    Rent = 27,
    /// Consultations with the regulator.
    Consultation = 28,
    /// Whom the staff of a facility bring together.
    Introduction = 29,
    /// A new candidate month for a person whose circumstances changed.
    ClockReset = 30,
    /// What a company sells more or less than the year before.
    Demand = 31,
    /// Moves of the particles of a calibration. Numbers from 200 on belong to no rule of the model.
    Calibration = 200,
}
