//! The skill forge: skills found, made, put together, proposed and shared.

mod types;
pub use types::*;

domain! {
    /// The skill forge: skills found, made, put together, proposed and shared.
    skillforge;
    commands {
        /// Finds skills for what one wants to do.
        discover "skillforge.discover" (DiscoverSkills) -> Vec<SkillForgeDiscoverResult>,
            needs SignedIn, audit refusals;
        /// Installs a skill for the caller's agents.
        install "skillforge.install" (InstallSkill) -> SkillForgeResult, needs SignedIn, order(|p| &p.skill_id);
        /// Makes a skill that belongs to the caller.
        create "skillforge.create" (CreateSkill) -> SkillForgeResult, needs SignedIn, order(|p| &p.params.name);
        /// Chains skills into a new one.
        compose "skillforge.compose" (ComposeSkill) -> SkillForgeResult, needs SignedIn, order(|p| &p.name);
        /// Takes a skill away.
        remove "skillforge.remove" (ForgedRef) -> (), needs Own(Skill, |p| &p.skill_id), order(|p| &p.skill_id);
        /// Brings an earlier version of a skill back, as a new version.
        rollback "skillforge.rollback" (RollbackSkill) -> (),
            needs Own(Skill, |p| &p.skill_id), order(|p| &p.skill_id);
        /// The versions of a skill.
        list_versions "skillforge.listVersions" (ForgedRef) -> Vec<SkillVersion>,
            needs Own(Skill, |p| &p.skill_id), audit refusals;
        /// Proposes a skill in an agent's name.
        propose "skillforge.propose" (ProposeSkill) -> SkillProposal, needs Own(AgentUid, |p| &p.agent_uid);
        /// Makes a proposed skill.
        approve_proposal "skillforge.approveProposal" (ApproveProposal) -> SkillForgeResult,
            needs Own(SkillProposal, |p| &p.proposal_id), order(|p| &p.proposal_id);
        /// Turns a proposed skill down.
        reject_proposal "skillforge.rejectProposal" (RejectProposal) -> (),
            needs Own(SkillProposal, |p| &p.proposal_id), order(|p| &p.proposal_id);
        /// The proposals of the agents the caller may see.
        list_proposals "skillforge.listProposals" (ListProposals) -> Vec<SkillProposal>,
            needs SignedIn, audit refusals;
        /// Lets others use a skill: everybody on this kernel, or one agent.
        share "skillforge.share" (ShareSkill) -> (), needs Own(Skill, |p| &p.skill_id), order(|p| &p.skill_id);
    }
    events {
        /// A skill was made.
        Created "skillforge.skill.created" {
            skillId: String,
            name: String,
            riskLevel: SkillRiskLevel,
            /// The risk by the name that triggers and webhooks know.
            #[serde(default, skip_serializing_if = "Option::is_none")] risk: Option<SkillRiskLevel>,
            #[serde(default, skip_serializing_if = "Option::is_none")] agentUid: Option<String>,
        } to owner(Skill, skillId), journal;
        /// A skill was installed.
        Installed "skillforge.skill.installed" {
            skillId: String,
            name: String,
            source: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] risk: Option<SkillRiskLevel>,
            #[serde(default, skip_serializing_if = "Option::is_none")] agentUid: Option<String>,
        } to owner(Skill, skillId), journal;
        /// A skill was taken away.
        Removed "skillforge.skill.removed" { skillId: String } to owner(Skill, skillId), journal;
        /// Skills were chained into a new one.
        Composed "skillforge.skill.composed" {
            skillId: String,
            name: String,
            components: Vec<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")] componentCount: Option<u64>,
            #[serde(default, skip_serializing_if = "Option::is_none")] agentUid: Option<String>,
        } to owner(Skill, skillId), journal;
        /// A skill asks for so much that a person has to agree.
        ApprovalRequired "skillforge.approval.required" {
            skillId: String,
            name: String,
            riskLevel: SkillRiskLevel,
            permissions: SkillPermissionManifest,
            /// The risk by the name that triggers and webhooks know.
            #[serde(default, skip_serializing_if = "Option::is_none")] risk: Option<SkillRiskLevel>,
            #[serde(default, skip_serializing_if = "Option::is_none")] agentUid: Option<String>,
        } to owner(Skill, skillId), journal;
        /// A person agreed to what a skill asks for.
        ApprovalGranted "skillforge.approval.granted" { skillId: String } to owner(Skill, skillId), journal;
        /// A person refused what a skill asks for.
        ApprovalDenied "skillforge.approval.denied" { skillId: String, reason: String }
            to owner(Skill, skillId), journal;
        /// The skills a query answered.
        DiscoverResults "skillforge.discover.results" { results: Vec<SkillForgeDiscoverResult> } to requester, live;
        /// The versions a query answered.
        VersionsList "skillforge.versions.list" { skillId: String, versions: Vec<SkillVersion> } to requester, live;
        /// An earlier version of a skill is back.
        RolledBack "skillforge.skill.rollback" {
            skillId: String,
            /// The version that is back.
            version: u32,
            /// The same by the name that triggers and webhooks know.
            #[serde(default, skip_serializing_if = "Option::is_none")] rolledBackTo: Option<u32>,
            /// The number it has now.
            #[serde(default, skip_serializing_if = "Option::is_none")] newVersion: Option<u32>,
        } to owner(Skill, skillId), journal;
        /// An agent proposed a skill.
        Proposed "skillforge.skill.proposed" {
            proposalId: String,
            name: String,
            agentUid: String,
            riskLevel: SkillRiskLevel,
        } to owner(AgentUid, agentUid), journal;
        /// A proposed skill was made.
        ProposalApproved "skillforge.proposal.approved" {
            proposalId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] skillId: Option<String>,
        } to owner(SkillProposal, proposalId), journal;
        /// A proposed skill was turned down.
        ProposalRejected "skillforge.proposal.rejected" {
            proposalId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] reason: Option<String>,
        } to owner(SkillProposal, proposalId), journal;
        /// The proposals a query answered.
        ProposalsList "skillforge.proposals.list" { proposals: Vec<SkillProposal> } to requester, live;
        /// Others may use a skill now.
        Shared "skillforge.skill.shared" { skillId: String, target: ShareTarget, sharedBy: String }
            to owner(Skill, skillId), journal;
        /// The forge is open; for triggers and the log.
        Initialized "skillforge.initialized" { skillCount: u64 } to nobody, live;
        /// A search for skills is over.
        DiscoverCompleted "skillforge.discover.completed" { query: String, source: String, resultCount: u64 }
            to requester, live;
        /// A skill asks for more than this kernel gives any skill.
        InstallDenied "skillforge.install.denied" {
            skillId: String,
            risk: SkillRiskLevel,
            enforcement: SkillForgeEnforcement,
        } to owner(Skill, skillId), journal;
        /// A skill could not be installed.
        InstallFailed "skillforge.install.failed" { skillId: String, error: String } to owner(Skill, skillId), journal;
        /// A skill could not be made.
        CreateFailed "skillforge.create.failed" { name: String, error: String, agentUid: String }
            to owner(AgentUid, agentUid), journal;
        /// A skill failed its test and is being mended.
        RefineAttempt "skillforge.refine.attempt" {
            name: String,
            attempt: u32,
            maxRetries: u32,
            error: String,
            agentUid: String,
        } to owner(AgentUid, agentUid), live;
        /// A skill passed its test after it was mended.
        Refined "skillforge.skill.refined" { name: String, attempts: u32, agentUid: String }
            to owner(AgentUid, agentUid), journal;
        /// A skill failed its test for good.
        TestFailed "skillforge.test.failed" { name: String, output: String, attempts: u32, agentUid: String }
            to owner(AgentUid, agentUid), journal;
        /// An agent used a skill.
        Used "skillforge.skill.usage" {
            skillId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] qualityRating: Option<f64>,
        } to owner(Skill, skillId), live;
    }
}
