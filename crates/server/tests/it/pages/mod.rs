//! What a browser gets, and what it never gets.

mod bodies;
mod embedding;
mod escaping;
mod headers;
mod health;
mod landing;
mod origin;
mod privacy;
mod targets;
