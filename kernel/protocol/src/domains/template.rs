//! Templates: agents somebody has set up well, to start or to build on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domains::process::{AgentRuntime, SandboxConfig};
use crate::ids::UserId;

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TemplateCategory {
    Development,
    Research,
    Data,
    Creative,
    Ops,
}

/// What a template says of the agent to start; the rest is asked for or left at its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skills: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<AgentRuntime>,
    /// Keys we do not know pass through unchanged.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// A template that comes with the kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentTemplate {
    pub id: String,
    pub name: String,
    pub description: String,
    /// The name of an icon.
    pub icon: String,
    pub category: TemplateCategory,
    pub config: TemplateConfig,
    #[serde(rename = "suggestedGoals")]
    pub suggested_goals: Vec<String>,
}

/// A template to publish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewTemplate {
    /// Chosen by the publisher; publishing it again replaces one's own.
    pub id: String,
    pub name: String,
    pub description: String,
    pub icon: String,
    pub category: TemplateCategory,
    pub config: TemplateConfig,
    #[serde(rename = "suggestedGoals")]
    pub suggested_goals: Vec<String>,
    pub author: String,
    pub tags: Vec<String>,
}

/// A published template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateMarketplaceEntry {
    pub id: String,
    pub name: String,
    pub description: String,
    pub icon: String,
    pub category: TemplateCategory,
    pub config: TemplateConfig,
    #[serde(rename = "suggestedGoals")]
    pub suggested_goals: Vec<String>,
    pub author: String,
    pub tags: Vec<String>,
    pub download_count: u64,
    /// The mean of what people gave, 1 to 5; 0 if nobody did.
    pub rating_avg: f64,
    pub rating_count: u64,
    pub published_at: u64,
    pub updated_at: u64,
    pub enabled: bool,
}

/// `template.publish`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PublishTemplate {
    pub template: NewTemplate,
}

/// Names one published template.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateRef {
    pub template_id: String,
}

/// `template.marketplace.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListTemplates {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Any of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// `template.rate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RateTemplate {
    #[serde(rename = "templateId")]
    pub template_id: String,
    /// 1 (worst) to 5 (best).
    pub rating: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// What existing clients send along; the rating is the caller's, whatever this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// What a rating answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateRating {
    pub new_avg: f64,
}

/// `template.fork`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForkTemplate {
    #[serde(rename = "templateId")]
    pub template_id: String,
    /// What existing clients send along; the copy is the caller's, whatever this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

domain! {
    /// Templates: agents somebody has set up well, to start or to build on.
    template;
    commands {
        /// Publishes a template to everybody on this kernel; an id that is another's is refused.
        publish "template.publish" (PublishTemplate) -> TemplateMarketplaceEntry,
            needs SignedIn, order(|p| &p.template.id);
        /// Takes a published template back.
        unpublish "template.unpublish" (TemplateRef) -> (),
            needs Own(Template, |p| &p.template_id), order(|p| &p.template_id)
            => delete at "/marketplace/templates/:templateId" says "deleted";
        /// The published templates.
        list "template.marketplace.list" (ListTemplates) -> Vec<TemplateMarketplaceEntry>,
            needs SignedIn, audit refusals => get at "/marketplace/templates";
        /// Rates a template; a second rating replaces the caller's first.
        rate "template.rate" (RateTemplate) -> TemplateRating,
            needs SignedIn, order(|p| &p.template_id) => post at "/marketplace/templates/:templateId/rate";
        /// Copies a template under a new id, to change it.
        fork "template.fork" (ForkTemplate) -> TemplateMarketplaceEntry,
            needs SignedIn, order(|p| &p.template_id) => post 201 at "/marketplace/templates/:templateId/fork";
    }
    events {
        /// A template was published.
        Published "template.published" {
            /// Empty only where an older kernel left it out.
            #[serde(default, skip_serializing_if = "String::is_empty")] templateId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")] author: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")] entry: Option<TemplateMarketplaceEntry>,
        } to owner(Template, templateId), journal;
        /// A template was taken back.
        Unpublished "template.unpublished" { templateId: String } to owner(Template, templateId), journal;
        /// Somebody rated a template.
        Rated "template.rated" {
            templateId: String,
            #[serde(default, skip_serializing_if = "Option::is_none")] userId: Option<UserId>,
            rating: i64,
            newAvg: f64,
        } to owner(Template, templateId), journal;
        /// Somebody copied a template.
        Forked "template.forked" {
            originalId: String,
            newId: String,
            /// The new id by its other name.
            #[serde(default, skip_serializing_if = "Option::is_none")] forkedId: Option<String>,
            #[serde(default, skip_serializing_if = "Option::is_none")] userId: Option<UserId>,
        } to owner(Template, newId), journal;
        /// The templates a query answered.
        List "template.marketplace.list" { templates: Vec<TemplateMarketplaceEntry> } to requester, live;
    }
}
