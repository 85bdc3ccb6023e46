"""What do files and answers of AWS say of what is about to change? CloudFormation, ECS, Auto Scaling."""
