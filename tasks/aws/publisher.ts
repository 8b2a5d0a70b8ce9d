import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** Sends a message to a topic's subscribers. SNS takes a subject of 100 characters of ASCII on one line. */
export function publisher(sns: SNSClient, TopicArn: string): (subject: string, message: string) => Promise<void> {
  return async (subject, Message) => {
    await sns.send(new PublishCommand({ TopicArn, Subject: subject.slice(0, 100), Message }));
  };
}
