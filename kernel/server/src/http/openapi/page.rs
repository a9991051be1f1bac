//! The description as a page: no script, no other host, and nothing that has to be built.

use std::fmt::{self, Write};

use serde_json::Value;

/// Text between tags or in an attribute.
struct Text<'t>(&'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The page of a document.
pub fn of(document: &Value) -> String {
    let mut html = String::with_capacity(512 * 1024);
    // Writing to a string does not fail.
    let _ = write(&mut html, document);
    html
}

fn write(html: &mut String, document: &Value) -> fmt::Result {
    let about = document["info"]["description"].as_str().unwrap_or_default();
    write!(
        html,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Aether OS: the REST interface</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><header><h1>Aether OS</h1>\
         <p>{}</p><p>Sign in by <code>POST /api/auth/login</code>; send the token as <code>Authorization: Bearer</code>, \
         or let the browser keep the cookie. This page as data: <a href=\"/openapi.json\">OpenAPI 3.1</a>.</p></header>",
        Text(about)
    )?;
    let tags: Vec<&str> =
        document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    html.push_str("<nav aria-label=\"Parts\">");
    for tag in &tags {
        write!(html, "<a href=\"#{0}\">{0}</a> ", Text(tag))?;
    }
    html.push_str("</nav><main>");
    for tag in &tags {
        write!(html, "<section id=\"{0}\"><h2>{0}</h2>", Text(tag))?;
        for (path, verbs) in document["paths"].as_object().into_iter().flatten() {
            for (verb, operation) in verbs.as_object().into_iter().flatten() {
                if operation["tags"][0] == **tag {
                    one(html, verb, path, operation, document)?;
                }
            }
        }
        html.push_str("</section>");
    }
    html.push_str("</main></body></html>\n");
    Ok(())
}

fn one(html: &mut String, verb: &str, path: &str, operation: &Value, document: &Value) -> fmt::Result {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    write!(
        html,
        "<details id=\"{}\"><summary><b class=\"{verb}\">{}</b> <code>{}</code> <span>{}</span></summary>",
        Text(text("operationId")),
        verb.to_uppercase(),
        Text(path),
        Text(text("summary")),
    )?;
    if operation["x-served"] == false {
        html.push_str("<p class=\"absent\">This version does not serve it and answers 501.</p>");
    }
    if !text("x-command").is_empty() {
        write!(
            html,
            "<p>Command <code>{}</code>, needs <code>{}</code>.</p>",
            Text(text("x-command")),
            Text(text("x-needs"))
        )?;
    }
    parameters(html, operation)?;
    if let Some(body) = operation["requestBody"]["content"].as_object() {
        for (media, content) in body {
            write!(html, "<h3>Body <small>{}</small></h3>", Text(media))?;
            shown(html, content, document)?;
        }
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let content = answer["content"].as_object().into_iter().flatten().next();
        let Some((media, content)) = content else { continue };
        write!(html, "<h3>Answer {} <small>{}</small></h3>", Text(status), Text(media))?;
        shown(html, content, document)?;
    }
    html.push_str("</details>");
    Ok(())
}

fn parameters(html: &mut String, operation: &Value) -> fmt::Result {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut rows = String::new();
    for parameter in parameters {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default();
        let needed = if parameter["required"] == true { "required" } else { "" };
        write!(
            rows,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            Text(text("name")),
            Text(text("in")),
            Text(&kind(&parameter["schema"])),
            needed,
            Text(text("description")),
        )?;
    }
    if !rows.is_empty() {
        write!(html, "<h3>Parameters</h3><table>{rows}</table>")?;
    }
    Ok(())
}

/// The fields of a body or an answer, and an example.
fn shown(html: &mut String, content: &Value, document: &Value) -> fmt::Result {
    let schema = &content["schema"];
    let definitions = document["components"]["schemas"].as_object();
    let schema = definitions.and_then(|known| super::example::resolved(schema, known)).unwrap_or(schema);
    let required = schema["required"].as_array();
    let mut rows = String::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|required| required.iter().any(|field| field == name));
        write!(
            rows,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            Text(name),
            Text(&kind(field)),
            if is_required { "required" } else { "" },
            Text(field["description"].as_str().unwrap_or_default()),
        )?;
    }
    if !rows.is_empty() {
        write!(html, "<table>{rows}</table>")?;
    }
    if !content["example"].is_null() {
        let example = serde_json::to_string_pretty(&content["example"]).unwrap_or_default();
        write!(html, "<pre>{}</pre>", Text(&example))?;
    }
    Ok(())
}

/// What a schema takes, in a word.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", kind_of_items(schema)),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => {
            let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
            choices.map_or("any".to_owned(), |choices| choices.iter().map(kind).collect::<Vec<_>>().join(" or "))
        }
    }
}

fn kind_of_items(schema: &Value) -> String {
    if schema["items"].is_null() { "anything".to_owned() } else { kind(&schema["items"]) }
}
