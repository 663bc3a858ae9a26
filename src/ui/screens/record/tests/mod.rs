//! What the open consultation shows and sends, looked at by label as a screen reader would.

mod find;
mod long_texts;
mod player;
mod player_note;
mod reading;
mod support;
mod waveform;
