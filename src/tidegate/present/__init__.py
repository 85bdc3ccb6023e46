"""From values to what people read: text, HTML and SVG; pure, and the same words everywhere."""
