# One name before two buckets, each published to by a site of its own: the second is asked where the first fails.
# Written from the provider's documentation; not run here.

variable "origins" {
  type    = list(string)
  default = ["status-eu.s3.eu-central-1.amazonaws.com", "status-us.s3.us-east-1.amazonaws.com"]
}

resource "aws_cloudfront_cache_policy" "as_the_files_say" {
  name        = "status-as-the-files-say"
  min_ttl     = 0
  default_ttl = 15
  max_ttl     = 31536000
  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config { cookie_behavior = "none" }
    headers_config { header_behavior = "none" }
    query_strings_config { query_string_behavior = "none" }
  }
}

resource "aws_cloudfront_distribution" "status" {
  enabled             = true
  default_root_object = "index.html"
  aliases             = ["status.example.org"]

  dynamic "origin" {
    for_each = var.origins
    content {
      origin_id           = "site-${origin.key}"
      domain_name         = origin.value
      connection_attempts = 1
      connection_timeout  = 2
    }
  }

  origin_group {
    origin_id = "sites"
    failover_criteria { status_codes = [500, 502, 503, 504] }
    member { origin_id = "site-0" }
    member { origin_id = "site-1" }
  }

  default_cache_behavior {
    target_origin_id       = "sites"
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = aws_cloudfront_cache_policy.as_the_files_say.id
  }

  restrictions {
    geo_restriction { restriction_type = "none" }
  }
  viewer_certificate {
    acm_certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/status"
    ssl_support_method  = "sni-only"
  }
}
