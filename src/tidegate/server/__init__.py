"""One site's server: console, public site, API and case intake over one journal. Thin."""
