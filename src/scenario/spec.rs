//! The typed scenario: what the rules read. Field names are the paths of `registry.toml`, where each field's meaning,
//! unit, range and source stand; here everything is already in months, hours, persons and whole yen.
//!
//! One struct for each table of the registry, in its order: longer than a file should be, and a list to look things up in.
#![expect(missing_docs, reason = "the registry documents every field once; a test checks that the two agree")]

use crate::units::{MonthlyProbability, MonthlyRate, Yen};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CountryId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FacilityId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KindId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstitutionId(pub u16);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModalityId(pub u16);

/// Weights of modalities by their ids; 1 where none is given.
pub type Mix = std::collections::BTreeMap<String, f64>;

/// Everything a month is computed from: the parameters and entities in force at one date.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub mechanisms: Mechanisms,
    pub labour: Labour,
    pub research: Research,
    pub founding: Founding,
    pub ties: Ties,
    pub knowledge: Knowledge,
    pub finance: Finance,
    pub development: Development,
    pub regulation: Regulation,
    pub exits: Exits,
    pub operations: Operations,
    pub pooled: Pooled,
    pub distress: Distress,
    pub travel: Travel,
    pub places: Places,
    pub country: Vec<Country>,
    pub cluster: Vec<Cluster>,
    pub access: Vec<Access>,
    pub facility: Vec<Facility>,
    pub kind: Vec<Kind>,
    pub institution: Vec<Institution>,
    pub fund: Vec<Fund>,
    pub startup: Vec<Startup>,
    pub modality: Vec<Modality>,
    pub supplier: Vec<Supplier>,
    pub incentive: Vec<Incentive>,
    pub call: Vec<Call>,
    pub rule: Vec<Rule>,
}

/// Which mechanisms of the model are on, by their numbers there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mechanisms {
    #[serde(rename = "M1")]
    pub m1: bool,
    #[serde(rename = "M2")]
    pub m2: bool,
    #[serde(rename = "M3")]
    pub m3: bool,
    #[serde(rename = "M4")]
    pub m4: bool,
    #[serde(rename = "M5")]
    pub m5: bool,
    #[serde(rename = "M6")]
    pub m6: bool,
    #[serde(rename = "M7")]
    pub m7: bool,
    #[serde(rename = "M8")]
    pub m8: bool,
    #[serde(rename = "M9")]
    pub m9: bool,
    #[serde(rename = "M10")]
    pub m10: bool,
    #[serde(rename = "M11")]
    pub m11: bool,
    #[serde(rename = "M12")]
    pub m12: bool,
    #[serde(rename = "M13")]
    pub m13: bool,
    #[serde(rename = "M14")]
    pub m14: bool,
    #[serde(rename = "M15")]
    pub m15: bool,
    #[serde(rename = "M16")]
    pub m16: bool,
    #[serde(rename = "M17")]
    pub m17: bool,
    #[serde(rename = "M18")]
    pub m18: bool,
    #[serde(rename = "M19")]
    pub m19: bool,
    #[serde(rename = "M20")]
    pub m20: bool,
    #[serde(rename = "M21")]
    pub m21: bool,
    #[serde(rename = "M22")]
    pub m22: bool,
    #[serde(rename = "M23")]
    pub m23: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labour {
    pub clock_bound: MonthlyProbability,
    pub clock_bound_restless: MonthlyProbability,
    pub unemployed_search: MonthlyProbability,
    pub leave_sector: MonthlyProbability,
    pub leave_jobless: MonthlyProbability,
    pub young_until: f64,
    pub search_young: f64,
    pub settled_from: f64,
    pub search_settled: f64,
    pub search_distressed: f64,
    pub outside_hire: f64,
    pub hiring_pace: f64,
    pub retirement_spread: f64,
    pub entry_age: f64,
    pub start_youngest: f64,
    pub start_oldest: f64,
    pub outside_hire_scarce: f64,
    pub outside_age_spread: f64,
    pub hiring_least: f64,
    pub demand_spread: f64,
    pub demand_exponent: f64,
    pub applications: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Research {
    pub assets_per_researcher: MonthlyRate,
    pub scale_exponent: f64,
    pub expertise_effect: f64,
    pub equipment_effect: f64,
    pub quality_alpha: f64,
    pub quality_beta: f64,
    pub long_tail: f64,
    pub quality_expertise: f64,
    pub quality_recombination: f64,
    pub shelf_life: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    pub industry: f64,
    pub multiplier_max: f64,
    pub seed_runway: f64,
    pub team: u32,
    pub star_share: f64,
    pub angel_ticket: f64,
    pub heritage: f64,
    pub anchor: f64,
    pub quality_serial_bonus: f64,
    pub quality_failure_bonus: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ties {
    pub search: MonthlyProbability,
    pub search_staff: f64,
    pub search_growth: f64,
    pub candidates: u32,
    pub share_past: f64,
    pub share_partners_of_partners: f64,
    pub share_roof: f64,
    pub roof_meetings: f64,
    pub share_introduced: f64,
    pub gatekeeper: f64,
    pub introduction_pairs: u32,
    pub refusals: u32,
    pub duration: f64,
    pub renewal: f64,
    pub renewal_success: f64,
    pub history: f64,
    pub base: u32,
    pub staff_per_tie: f64,
    pub most: u32,
    pub threshold: f64,
    pub friction_distance: f64,
    pub load: f64,
    pub secondment: f64,
    pub secondment_strength: f64,
    pub mover_premium: f64,
    pub roof_convergence: f64,
    pub fit_best: f64,
    pub fit_best_research: f64,
    pub fit_width: f64,
    pub load_exponent: f64,
    pub coverage_floor: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knowledge {
    pub transfer: f64,
    pub learning: f64,
    pub decay: f64,
    pub memory: f64,
    pub learning_staff: f64,
    pub spillover: f64,
    pub leak: f64,
    pub absorption_base: f64,
    pub absorption_staff: f64,
    pub floor: f64,
    pub strong: f64,
    pub start_level: f64,
    pub start_prestige: f64,
    pub start_falloff: f64,
    pub start_fund: f64,
    pub start_startup: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finance {
    pub hot_duration: f64,
    pub cold_duration: f64,
    pub regime: RegimeSource,
    pub cold_supply: f64,
    pub looks: f64,
    pub meetings: u32,
    pub raise_runway: f64,
    pub round_runway: f64,
    pub round_margin: f64,
    pub round_runway_most: f64,
    pub round_enough: f64,
    pub rest: f64,
    pub cold_markdown: f64,
    pub tranche: f64,
    pub tranche_from: Yen,
    pub discount: f64,
    pub discount_industry: f64,
    pub hurdle: f64,
    pub hurdle_distance: f64,
    pub hurdle_pressure: f64,
    pub ownership: f64,
    pub ownership_least: f64,
    pub ownership_target: f64,
    pub round_most: f64,
    pub market_known: f64,
    pub signal_screen: f64,
    pub signal_diligence: f64,
    pub signal_least: f64,
    pub expert_tie: f64,
    pub expert_ties: u32,
    pub prototype: f64,
    pub screen_cut: f64,
    pub concentration: f64,
    pub reserve: f64,
    pub orphan: f64,
    pub value_add: f64,
    pub value_add_mean: f64,
    pub monitoring: f64,
    pub monitoring_reach: f64,
    pub value_add_corporate: f64,
    pub refusals: u32,
    pub retry: f64,
    pub ask_cut: f64,
    pub retries: u32,
    pub fee: f64,
    pub fund_interval: f64,
    pub size_follow: f64,
    pub size_swing: f64,
    pub carry: f64,
    pub results_prior: f64,
    pub start_called: f64,
    pub start_reserved: f64,
    pub start_runway_spread: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Development {
    pub quality_effect: f64,
    pub quality_mean: f64,
    pub coverage_effect: f64,
    pub coverage_mean: f64,
    pub partner_pharma: f64,
    pub partner_hospital: f64,
    pub clinical_lead: f64,
    pub intercept_preclinical: f64,
    pub intercept_phase1: f64,
    pub intercept_phase2: f64,
    pub intercept_phase3: f64,
    pub intercept_review: f64,
    pub unled: f64,
    pub duration_spread: f64,
    pub useful_partner: f64,
    pub elsewhere_pace: f64,
    pub sites_most: u32,
    pub activation_new: f64,
    pub activation_known: f64,
    pub activation_learning: f64,
    pub local_slot_hours: f64,
    pub free_capital: bool,
    pub programmes_per_researcher: MonthlyRate,
    pub programmes_per_startup: MonthlyRate,
    pub programmes_years: f64,
    pub platform: f64,
    pub covered: f64,
    pub covered_manufacturing: f64,
    pub own_field: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    pub consult_uptake: f64,
    pub consult_roof: f64,
    pub consult_free: f64,
    pub consult_wait_most: f64,
    pub conditional_term: f64,
    pub conversion: f64,
    pub conditional_success: f64,
    pub conversion_quality: f64,
    pub market_ramp: f64,
    pub market_life: f64,
    pub conditional_market: f64,
    pub advice_odds: u32,
    pub advice_review: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exits {
    pub hazard_preclinical: MonthlyProbability,
    pub hazard_phase1: MonthlyProbability,
    pub hazard_phase2: MonthlyProbability,
    pub hazard_phase3: MonthlyProbability,
    pub cold_window: f64,
    pub acquisition_premium: f64,
    pub staff_kept: f64,
    pub licence: MonthlyProbability,
    pub licence_upfront: f64,
    pub licence_margin: f64,
    pub strategic_spread: f64,
    pub pipeline: f64,
    pub lockup: f64,
    pub angel: f64,
    pub angel_share: f64,
    pub public_effect: f64,
    pub public_balance: f64,
    pub flip: MonthlyProbability,
    pub flip_cost: Yen,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    pub overhead: f64,
    pub margin: f64,
    pub reinvested: f64,
    pub reinvested_exponent: f64,
    pub product_posts_most: f64,
    pub treasury: f64,
    pub startup_fixed: f64,
    pub startup_researchers: f64,
    pub startup_clinicians: f64,
    pub startup_managers: f64,
    pub startup_programme: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooled {
    pub coupon_senior: f64,
    pub coupon_junior: f64,
    pub coverage: f64,
    pub life: f64,
    pub buying: f64,
    pub sell: Stage,
    pub discount: f64,
    pub expertise: f64,
    pub fee: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distress {
    pub runway: f64,
    pub cut: f64,
    pub bridge: f64,
    pub auction: f64,
    pub auction_price: f64,
    pub revival: f64,
    pub peer_cash: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Travel {
    pub capacity_elasticity: f64,
    pub border: f64,
    pub language: f64,
    pub local: f64,
    pub route_hours: f64,
    pub transfer: f64,
    pub speed: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    pub anchor_staff: f64,
    pub critical_mass: f64,
    pub mass_exponent: f64,
    pub variety_effect: f64,
    pub appeal_most: f64,
    pub congestion: f64,
    pub build_from: f64,
    pub build_share: f64,
    pub build_lag: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Country {
    pub id: String,
    pub name: String,
    pub language: String,
    pub graduation_month: u32,
    pub founder_supply: MonthlyProbability,
    pub cross_cluster_share: f64,
    pub international_share: f64,
    pub return_home: MonthlyProbability,
    pub retirement_age: f64,
    pub ipo_share: f64,
    pub ipo_offering: f64,
    pub ipo_raise_most: Yen,
    pub ipo_stage: Stage,
    pub ipo_least: Yen,
    pub ipo_harvest: f64,
    pub cycle_beta: f64,
    pub friction: f64,
    pub headcount_preclinical: u32,
    pub headcount_phase1: u32,
    pub headcount_phase2: u32,
    pub headcount_phase3: u32,
    pub headcount_review: u32,
    pub review: f64,
    pub review_priority: f64,
    pub consult_fee: Yen,
    pub consult_months_saved: f64,
    pub consultation: f64,
    pub reviews_at_once: u32,
    pub consultations: u32,
    pub conditional_approval: bool,
    pub enrolment: f64,
    pub development_cost: f64,
    pub launch_value: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub id: String,
    pub name: String,
    pub name_ja: Option<String>,
    pub country: CountryId,
    pub order: u32,
    pub focus: bool,
    pub grain: u32,
    pub latitude: f64,
    pub longitude: f64,
    pub turnover: MonthlyProbability,
    pub wage_researcher: Yen,
    pub wage_clinician: Yen,
    pub wage_manager: Yen,
    pub wage_staff: Yen,
    pub burn_per_head: Yen,
    pub lab_slots: u32,
    pub lab_rent: Yen,
    pub regenerative: f64,
    #[serde(default)]
    pub mix: Mix,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub id: String,
    pub a: ClusterId,
    pub b: ClusterId,
    pub hours: f64,
    pub capacity: f64,
    pub route: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facility {
    pub id: String,
    pub name: String,
    pub cluster: ClusterId,
    pub kind: FacilityKind,
    pub open: bool,
    pub lab_slots: u32,
    pub rent: Yen,
    pub setup_saving: f64,
    pub introductions: MonthlyRate,
    pub reach: f64,
    pub meetings: MonthlyRate,
    pub equipment: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub id: String,
    pub name: String,
    pub role: Role,
    pub researchers: f64,
    pub clinicians: f64,
    pub managers: f64,
    pub growth: f64,
    pub own_programmes: f64,
    #[serde(default)]
    pub mix: Mix,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Institution {
    pub id: String,
    pub name: String,
    pub cluster: ClusterId,
    pub kind: KindId,
    pub facility: Option<FacilityId>,
    pub open: bool,
    pub count: u32,
    pub employees: u32,
    pub size_spread: f64,
    pub growth: f64,
    pub entry: MonthlyRate,
    pub exit: MonthlyProbability,
    pub domains: Vec<Domain>,
    pub prestige: f64,
    pub technology_transfer: f64,
    pub graduates_researchers: u32,
    pub graduates_clinicians: u32,
    pub graduates_managers: u32,
    pub graduates_staff: u32,
    pub trial_slots: u32,
    pub enrolment: f64,
    pub ethics_review: f64,
    pub activation: f64,
    pub consultations: u32,
    pub consult_fee: Yen,
    #[serde(default)]
    pub mix: Mix,
    pub research_grants: Yen,
    pub programmes: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fund {
    pub id: String,
    pub name: String,
    pub cluster: ClusterId,
    pub kind: FundKind,
    pub count: u32,
    pub size: Yen,
    pub partners: u32,
    pub domains: Option<Vec<Domain>>,
    pub value_add: f64,
    pub public_share: f64,
    pub senior: f64,
    pub junior: f64,
    pub stages: Option<Vec<Stage>>,
    pub open: bool,
    pub certified: bool,
    pub foreign: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Startup {
    pub id: String,
    pub name: String,
    pub cluster: ClusterId,
    pub parent: Option<InstitutionId>,
    pub facility: Option<FacilityId>,
    pub count: u32,
    pub stage: StartStage,
    pub modality: Option<ModalityId>,
    pub domains: Option<Vec<Domain>>,
    #[serde(default)]
    pub mix: Mix,
    pub runway: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modality {
    pub id: String,
    pub name: String,
    pub share: f64,
    pub regenerative: bool,
    pub launch_value: Yen,
    pub launch_spread: f64,
    pub price: Yen,
    pub priority: f64,
    pub success_preclinical: f64,
    pub success_phase1: f64,
    pub success_phase2: f64,
    pub success_phase3: f64,
    pub success_review: f64,
    pub duration_preclinical: f64,
    pub duration_phase1: f64,
    pub duration_phase2: f64,
    pub duration_phase3: f64,
    pub cost_preclinical: Yen,
    pub cost_phase1: Yen,
    pub cost_phase2: Yen,
    pub cost_phase3: Yen,
    pub cost_review: Yen,
    pub patients_phase1: u32,
    pub patients_phase2: u32,
    pub patients_phase3: u32,
    pub success_hit: f64,
    pub success_lead: f64,
    pub success_optimisation: f64,
    pub duration_hit: f64,
    pub duration_lead: f64,
    pub duration_optimisation: f64,
    pub cost_hit: Yen,
    pub cost_lead: Yen,
    pub cost_optimisation: Yen,
    pub cells_preclinical: f64,
    pub cells_phase1: f64,
    pub cells_phase2: f64,
    pub cells_phase3: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    pub id: String,
    pub name: String,
    pub country: CountryId,
    pub modality: ModalityId,
    pub share: f64,
    pub unit_cost: Yen,
    pub floor: Yen,
    pub made: u32,
    pub other_lines: MonthlyRate,
    pub learning_rate: f64,
    pub labour_share: f64,
    pub automation: f64,
    pub plant_share: f64,
    pub batch: f64,
    pub utilisation: f64,
    pub pass_on: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incentive {
    pub id: String,
    pub name: String,
    pub country: CountryId,
    pub kind: IncentiveKind,
    pub open: bool,
    pub modality: Option<ModalityId>,
    pub amount: Yen,
    pub share: f64,
    pub years: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncentiveKind {
    Reward,
    Premium,
    TaxCredit,
    Advice,
    Rent,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    pub id: String,
    pub name: String,
    pub country: CountryId,
    pub kind: CallKind,
    pub open: bool,
    pub every: f64,
    pub budget: Yen,
    pub share: f64,
    pub most: Yen,
    pub most_project: Yen,
    pub runway: f64,
    pub payer: Payer,
    pub stages: Vec<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    #[serde(rename = "hub")]
    Hub,
    #[serde(rename = "incubator")]
    Incubator,
    #[serde(rename = "shared_lab")]
    SharedLab,
    #[serde(rename = "campus")]
    Campus,
    #[serde(rename = "park")]
    Park,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[serde(rename = "university")]
    University,
    #[serde(rename = "institute")]
    Institute,
    #[serde(rename = "hospital")]
    Hospital,
    #[serde(rename = "pharma")]
    Pharma,
    #[serde(rename = "company")]
    Company,
    #[serde(rename = "regulator")]
    Regulator,
    #[serde(rename = "intermediary")]
    Intermediary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundKind {
    #[serde(rename = "vc")]
    Vc,
    #[serde(rename = "corporate")]
    Corporate,
    #[serde(rename = "public")]
    Public,
    #[serde(rename = "university")]
    University,
    #[serde(rename = "foundation")]
    Foundation,
    #[serde(rename = "megafund")]
    Megafund,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegimeSource {
    #[serde(rename = "chance")]
    Chance,
    #[serde(rename = "hot")]
    Hot,
    #[serde(rename = "cold")]
    Cold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartStage {
    #[serde(rename = "mixed")]
    Mixed,
    #[serde(rename = "preclinical")]
    Preclinical,
    #[serde(rename = "phase1")]
    Phase1,
    #[serde(rename = "phase2")]
    Phase2,
    #[serde(rename = "phase3")]
    Phase3,
    #[serde(rename = "review")]
    Review,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    #[serde(rename = "grant")]
    Grant,
    #[serde(rename = "match")]
    Match,
}

/// Who pays for a call or a dated event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    Taxpayers,
    Prefecture,
    City,
    Companies,
    Universities,
    Hospitals,
    Investors,
    Philanthropy,
}

impl Payer {
    /// Whether the money is public.
    #[must_use]
    pub fn is_public(self) -> bool {
        matches!(self, Self::Taxpayers | Self::Prefecture | Self::City)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    #[serde(rename = "oncology")]
    Oncology,
    #[serde(rename = "cardiovascular")]
    Cardiovascular,
    #[serde(rename = "neurology")]
    Neurology,
    #[serde(rename = "immunology")]
    Immunology,
    #[serde(rename = "metabolic")]
    Metabolic,
    #[serde(rename = "infectious")]
    Infectious,
    #[serde(rename = "ophthalmology")]
    Ophthalmology,
    #[serde(rename = "musculoskeletal")]
    Musculoskeletal,
    #[serde(rename = "rare_disease")]
    RareDisease,
    #[serde(rename = "regenerative")]
    Regenerative,
    #[serde(rename = "gene_therapy")]
    GeneTherapy,
    #[serde(rename = "vaccines")]
    Vaccines,
    #[serde(rename = "diagnostics")]
    Diagnostics,
    #[serde(rename = "devices")]
    Devices,
    #[serde(rename = "informatics")]
    Informatics,
    #[serde(rename = "manufacturing")]
    Manufacturing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[serde(rename = "preclinical")]
    Preclinical,
    #[serde(rename = "phase1")]
    Phase1,
    #[serde(rename = "phase2")]
    Phase2,
    #[serde(rename = "phase3")]
    Phase3,
    #[serde(rename = "review")]
    Review,
}
/// What an organisation is to a rule's filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    University,
    Institute,
    Hospital,
    Pharma,
    Company,
    Regulator,
    Intermediary,
    Startup,
    Fund,
    Person,
}

/// The decision points that rules of the scenario feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Whom to propose a collaboration to, and whether to accept one (M6).
    Collaboration,
    /// Which companies come on a fund's look list (M8).
    Funding,
    /// To which cluster a person applies (M17).
    Mobility,
    /// Whether a researcher founds a company (M5).
    Founding,
    /// Whom the lead of a round invites to join (M10).
    Syndication,
    /// Which established company buys or licenses (M18).
    Acquisition,
}

/// The named features that a rule may score. `features.toml` says each in words and where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Constant,
    LogTravelHours,
    SameCluster,
    SameCountry,
    SameRoof,
    PriorTies,
    CommonPartners,
    Degree,
    CognitiveFit,
    CoverageGain,
    AcademicPartner,
    HospitalPartner,
    PharmaPartner,
    DirectRoute,
    FormerCity,
    SectorFit,
    PriorCoinvestment,
    HotRegime,
    LogVacancies,
    LogWageRatio,
    Home,
    LogPeers,
    StartupShare,
    SerialFounder,
    RecentLocalExits,
    BestAssetQuality,
    LabSpaceOpen,
    TechnologyTransfer,
    AnchorTenant,
    #[serde(rename = "age_over_55")]
    AgeOver55,
    WarmPath,
    StageFit,
    LogCoinvestments,
    LogCoinvestors,
    PipelineGap,
    StarScientist,
    RoleModels,
    RiskAversion,
}

/// Whom a rule is about; an empty list admits everybody.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    pub actor: Vec<Actor>,
    pub country: Vec<CountryId>,
    pub cluster: Vec<ClusterId>,
}

/// One rule: for decisions of this kind, by these actors, about those, add these coefficients times these features.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub decision: Decision,
    #[serde(default)]
    pub who: Filter,
    #[serde(default)]
    pub whom: Filter,
    /// Only in this funding regime of the country of `who`.
    #[serde(default)]
    pub when: When,
    /// Coefficients in the order of [`Feature`].
    pub score: Vec<(Feature, f64)>,
}

/// When a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// `Some(true)`: only in hot regimes; `Some(false)`: only in cold ones.
    pub hot: Option<bool>,
}
